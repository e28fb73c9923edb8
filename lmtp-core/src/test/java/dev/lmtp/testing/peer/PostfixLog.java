package dev.lmtp.testing.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a Postfix instance says in its log about what became of each recipient. */
public final class PostfixLog {
  private final Path file;

  PostfixLog(Path file) {
    this.file = file;
  }

  /** One attempt to deliver to one recipient: Postfix's verdict and the server's words. */
  public record Attempt(String relay, String dsn, String status, String text) {}

  /** Waits until lmtp(8) has reported an attempt for this recipient, and returns the first one. */
  public Attempt awaitAttempt(String recipient) throws IOException, InterruptedException {
    Pattern line =
        Pattern.compile(
            "postfix/lmtp\\[\\d+\\]: \\w+: to=<"
                + Pattern.quote(recipient)
                + ">,.* relay=([^,]+),.* dsn=([\\d.]+), status=(\\w+) \\((.*)\\)");
    return Await.answer(
        "an attempt to deliver to " + recipient,
        () -> Optional.of(line.matcher(text())).filter(Matcher::find).map(PostfixLog::attempt),
        this::text);
  }

  private static Attempt attempt(Matcher line) {
    return new Attempt(line.group(1), line.group(2), line.group(3), line.group(4));
  }

  /** The lines in which a Postfix program complains. */
  public List<String> complaints() {
    Pattern complaint = Pattern.compile(": (warning|error|fatal|panic): ");
    return text().lines().filter(complaint.asPredicate()).toList();
  }

  /** The whole log so far. */
  public String text() {
    try {
      return PeerProgram.text(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
