package dev.lmtp.testing.peer;

import java.nio.charset.StandardCharsets;

/** A message with what is easily damaged on its way; LF line ends, ISO 8859-1 for its bytes. */
public final class AwkwardMessage {
  private AwkwardMessage() {}

  /**
   * The text has every byte above 127, lines of dots, blanks at line ends, a line that looks like
   * an mbox separator, a line far beyond 1,000 bytes, empty lines, and ends with a dot and no line
   * end.
   */
  public static String from(String sender) {
    StringBuilder text = new StringBuilder();
    text.append("From: ").append(sender).append('\n');
    text.append("To: undisclosed-recipients:;\n");
    text.append("Date: Thu, 1 Jan 2026 12:00:00 +0000\n");
    text.append("Message-ID: <awkward@example.org>\n");
    text.append("Subject: dots, bytes\n and a folded line\n");
    text.append("MIME-Version: 1.0\n");
    text.append("Content-Type: text/plain; charset=iso-8859-1\n");
    text.append("Content-Transfer-Encoding: 8bit\n");
    text.append("\n");
    text.append(".\n..\n...\n.hidden\n..x\n. \n\n\n");
    text.append("From the start of a line\n");
    text.append("blank at the end \ntab at the end\t\n");
    for (char c = 0x80; c <= 0xff; c++) {
      text.append(c);
    }
    text.append('\n');
    text.append("long.".repeat(20_000)).append("\n");
    text.append(".".repeat(4_000)).append("\n\n");
    text.append(".");
    return text.toString();
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
