package dev.lmtp.server;

/** What ends a line of a stored message. */
public enum LineEnding {
  /** A line feed, as programs that read Maildirs expect it. */
  LF("\n"),
  /** CR LF, as on the wire. */
  CRLF("\r\n");

  private final String text;

  LineEnding(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }
}
