package dev.lmtp.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A dialogue between a client and a server, read from a text file. Octets are held as the
 * characters 0 to 255 of a String.
 *
 * <p>A file is a head of directives and then the lines of the dialogue:
 *
 * <pre>
 * # a comment; empty lines mean nothing
 * protocol: smtp                  lmtp where not said
 * limit: message 65536            also: recipients, text-line, command-line, discarded-content
 * bare-line-ends: accept          reject where not said
 * greeting: 554 5.3.2 Not now     refuses the connection
 *
 * C: LHLO client.example          a line of the client's; CR LF is added
 * C-raw: a\rb\x00c\r\n            octets of the client's; nothing is added
 * C-repeat: 70 text               that line so many times
 * C-eof                           the client sends no more
 * S: 250 2.0.0 Ok                 a line of the server's; a * at its end stands for any rest
 * S-raw: 250 Ok\n                 octets of the server's
 * S-eof                           the server closes
 * A: message &lt;a@b&gt; to &lt;c@d&gt; "hi\r\n"    what the application was told, in this order:
 * A: aborted RSET                            a whole message, or the end of one without it
 * A-close: 421 4.3.2 Shutting down           the application closes the session now
 * </pre>
 *
 * <p>For a client the head says what it is to deliver, message by message:
 *
 * <pre>
 * form: chunks 5                  in chunks of 5 octets; data where not said
 * supply: once                    the content can be sent only once; again where not said
 * from: &lt;a@b&gt; SIZE=9 BODY=8BITMIME
 * to: &lt;c@d&gt; ACCEPTED FINAL 250   the outcome, its stage and the reply's code, 0 for none
 * content: hi\r\n
 * </pre>
 */
public final class Dialogue {

  /** What a step is. */
  public enum Kind {
    /** Octets of the client's. */
    CLIENT,
    /** The client sends no more. */
    CLIENT_EOF,
    /** Octets of the server's. */
    SERVER,
    /** The server closes. */
    SERVER_EOF,
    /** The application closes the session with the reply in {@link Step#octets()}. */
    CLOSE
  }

  /**
   * One turn of a dialogue: lines of the same side that follow each other are one step.
   *
   * @param kind what it is
   * @param octets as characters 0 to 255
   */
  public record Step(Kind kind, String octets) {}

  /**
   * A line of the head.
   *
   * @param name the word before the colon
   * @param value what stands behind it
   */
  public record Directive(String name, String value) {}

  private final String name;
  private final List<Directive> head = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  private Dialogue(String name) {
    this.name = name;
  }

  /**
   * Reads a dialogue from its text.
   *
   * @param name how it is called in messages
   */
  public static Dialogue parse(String name, String text) {
    Dialogue dialogue = new Dialogue(name);
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      try {
        dialogue.line(line);
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(name + ":" + number + ": " + line, e);
      }
    }
    return dialogue;
  }

  /**
   * Reads a dialogue from a file in UTF-8.
   *
   * @throws IllegalArgumentException where a line is none of a dialogue's; the message names it
   */
  public static Dialogue read(Path file) throws IOException {
    return parse(String.valueOf(file.getFileName()), Files.readString(file));
  }

  private void line(String line) {
    if (line.isBlank() || line.startsWith("#")) {
      return;
    }
    int colon = line.indexOf(':');
    String word = colon < 0 ? line.strip() : line.substring(0, colon);
    String rest = colon < 0 ? "" : line.substring(colon + 1);
    String value = rest.startsWith(" ") ? rest.substring(1) : rest;
    switch (word) {
      case "C" -> add(Kind.CLIENT, octets(value) + "\r\n");
      case "C-raw" -> add(Kind.CLIENT, unescape(value));
      case "C-repeat" -> {
        int blank = value.indexOf(' ');
        String repeated = octets(value.substring(blank + 1)) + "\r\n";
        add(Kind.CLIENT, repeated.repeat(Integer.parseInt(value.substring(0, blank))));
      }
      case "C-eof" -> add(Kind.CLIENT_EOF, "");
      case "S" -> add(Kind.SERVER, octets(value) + "\r\n");
      case "S-raw" -> add(Kind.SERVER, unescape(value));
      case "S-eof" -> add(Kind.SERVER_EOF, "");
      case "A" -> told.add(value);
      case "A-close" -> add(Kind.CLOSE, value);
      default -> {
        if (colon < 0 || !steps.isEmpty()) {
          throw new IllegalArgumentException("neither a line of a dialogue nor of its head");
        }
        head.add(new Directive(word, value.strip()));
      }
    }
  }

  private void add(Kind kind, String octets) {
    int last = steps.size() - 1;
    boolean more = kind == Kind.CLIENT || kind == Kind.SERVER;
    if (more && last >= 0 && steps.get(last).kind() == kind) {
      steps.set(last, new Step(kind, steps.get(last).octets() + octets));
    } else {
      steps.add(new Step(kind, octets));
    }
  }

  private static String octets(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** Reads {@code \r \n \0 \\ \"} and <code>&#92;x</code> with two hexadecimal digits. */
  public static String unescape(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        plain.append(c);
        continue;
      }
      c = text.charAt(++i);
      switch (c) {
        case 'r' -> plain.append('\r');
        case 'n' -> plain.append('\n');
        case '0' -> plain.append('\0');
        case 'x' -> {
          plain.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
          i += 2;
        }
        case '\\', '"' -> plain.append(c);
        default -> throw new IllegalArgumentException("unknown escape: " + c);
      }
    }
    return plain.toString();
  }

  /** Writes what {@link #unescape} reads. */
  public static String escape(String plain) {
    StringBuilder text = new StringBuilder(plain.length());
    for (int i = 0; i < plain.length(); i++) {
      char c = plain.charAt(i);
      switch (c) {
        case '\r' -> text.append("\\r");
        case '\n' -> text.append("\\n");
        case '\0' -> text.append("\\0");
        case '\\', '"' -> text.append('\\').append(c);
        default -> {
          if (c < ' ' || c > '~') {
            text.append(String.format("\\x%02x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    return text.toString();
  }

  /** Writes a step as the lines that are read as this step. */
  public static String format(Step step) {
    String side = step.kind().name().startsWith("CLIENT") ? "C" : "S";
    if (step.octets().isEmpty()) {
      return side + "-eof\n";
    }
    StringBuilder lines = new StringBuilder();
    for (String line : step.octets().split("(?<=\r\n)")) {
      String text = line.replaceFirst("\r\n$", "");
      String utf8 = new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      boolean readable = !text.equals(line) && octets(utf8).equals(text) && !hasControl(text);
      lines.append(side).append(readable ? ": " + utf8 : "-raw: " + escape(line)).append('\n');
    }
    return lines.toString();
  }

  private static boolean hasControl(String text) {
    return text.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7f);
  }

  /** Folder and file. */
  public String name() {
    return name;
  }

  /** The lines of the head. */
  public List<Directive> head() {
    return Collections.unmodifiableList(head);
  }

  /** The first value of a directive, or another. */
  public String directive(String directive, String otherwise) {
    return head.stream()
        .filter(line -> line.name().equals(directive))
        .map(Directive::value)
        .findFirst()
        .orElse(otherwise);
  }

  /** The turns. */
  public List<Step> steps() {
    return Collections.unmodifiableList(steps);
  }

  /** What the application is told. */
  public List<String> told() {
    return Collections.unmodifiableList(told);
  }

  /** Everything one side sends. */
  public String octets(Kind side) {
    StringBuilder all = new StringBuilder();
    for (Step step : steps) {
      if (step.kind() == side) {
        all.append(step.octets());
      }
    }
    return all.toString();
  }

  @Override
  public String toString() {
    return name;
  }
}
