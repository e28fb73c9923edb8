package dev.lmtp.benchmarks;

/** How a session of a load sends its messages. */
enum Sender {
  /** Postfix's program: each command waits for the reply to the one before. */
  SMTP_SOURCE,
  /** Likewise, by {@link StepByStep}. */
  STEPS,
  /** All sessions from one thread, the next envelope behind each content: {@link LaidOut}. */
  LAID_OUT,
  /** With our client: the envelope in one write, then the content. */
  DELIVER,
  /** With our client: the next envelope behind each content. */
  DELIVER_ALL
}
