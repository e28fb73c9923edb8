package dev.lmtp.server;

import dev.lmtp.Mailbox;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the Maildir of a mailbox lies: a path with variables, spelled as Dovecot does it. {@code
 * %u} is the whole address, {@code %n} its local part, {@code %d} its domain, {@code %%} a percent
 * sign. The local part stands for itself, without quotes; the domain in lower case, without a dot
 * at its end.
 *
 * <p>The peer chooses what the variables become, so a value is taken only where it can be nothing
 * but (a part of) one ordinary name. The {@link #root}, which is the operator's part of the path,
 * is the directory the first variable stands in; without variables it is the whole path.
 */
final class MaildirTemplate {

  /** What file systems take for one name, in octets. */
  private static final int LONGEST_NAME = 255;

  private final String template;
  private final Path root;

  private MaildirTemplate(String template, Path root) {
    this.template = template;
    this.root = root;
  }

  /**
   * Reads a template; a relative one starts in the working directory.
   *
   * @throws IllegalArgumentException where it is empty or has an unknown variable
   */
  static MaildirTemplate parse(String template) {
    if (template.isEmpty()) {
      throw new IllegalArgumentException("an empty Maildir template");
    }
    int first = -1;
    for (int at = template.indexOf('%'); at >= 0; at = template.indexOf('%', at + 2)) {
      String variable = template.substring(at, Math.min(at + 2, template.length()));
      switch (variable) {
        case "%u", "%n", "%d" -> first = first < 0 ? at : first;
        case "%%" -> {}
        default ->
            throw new IllegalArgumentException(
                "unknown variable "
                    + variable
                    + " in "
                    + template
                    + ": %u, %n, %d and %% are known");
      }
    }
    String fixed =
        first < 0 ? template : template.substring(0, template.lastIndexOf('/', first) + 1);
    return new MaildirTemplate(template, Path.of(fixed.replace("%%", "%")).toAbsolutePath());
  }

  /** The directory that no mailbox leaves. */
  Path root() {
    return root;
  }

  /** The path for a mailbox; none where the address cannot be a name of a file. */
  Optional<Path> expand(Mailbox mailbox) {
    return expand(mailbox.unquotedLocalPart(), nameOf(mailbox.domain()));
  }

  /**
   * One spelling of a domain: without the dot that may be tolerated at its end, and in lower case,
   * of ASCII alone: Unicode would make a Kelvin sign the k of another domain.
   */
  static String nameOf(String domain) {
    StringBuilder lower = new StringBuilder(domain);
    if (domain.endsWith(".")) {
      lower.setLength(domain.length() - 1);
    }
    for (int i = 0; i < lower.length(); i++) {
      char c = lower.charAt(i);
      lower.setCharAt(i, c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c);
    }
    return lower.toString();
  }

  Optional<Path> expand(String local, String domain) {
    StringBuilder text = new StringBuilder(template.length() + local.length() + domain.length());
    int from = 0;
    for (int at = template.indexOf('%'); at >= 0; at = template.indexOf('%', from)) {
      text.append(template, from, at);
      from = at + 2;
      char variable = template.charAt(at + 1);
      if (variable == '%') {
        text.append('%');
        continue;
      }
      boolean safe =
          switch (variable) {
            case 'n' -> isName(local);
            case 'd' -> isName(domain);
            default -> isName(local) && (domain.isEmpty() || isName(domain));
          };
      if (!safe) {
        return Optional.empty();
      }
      switch (variable) {
        case 'n' -> text.append(local);
        case 'd' -> text.append(domain);
        default -> text.append(domain.isEmpty() ? local : local + "@" + domain);
      }
    }
    Path path = Path.of(text.append(template, from, template.length()).toString());
    for (Path name : path) {
      if (name.toString().length() > LONGEST_NAME) {
        return Optional.empty();
      }
    }
    return Optional.of(path.toAbsolutePath());
  }

  /**
   * Whether a value may become part of a path. A leading dot would make hidden files, folders of
   * the Maildir++ kind, and the two names that climb; a leading dash options of shell commands.
   */
  private static boolean isName(String value) {
    if (value.isEmpty() || value.charAt(0) == '.' || value.charAt(0) == '-') {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      // A backslash separates on some systems; what is not ASCII has no one spelling in octets.
      if (c == '/' || c == '\\' || c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }
}
