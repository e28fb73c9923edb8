package dev.lmtp.benchmarks;

/** The least that a program in Java can do: what starting one costs before it is ours. */
final class Hello {

  private Hello() {}

  /** Says that it runs. */
  public static void main(String[] arguments) {
    System.out.println("hello");
  }
}
