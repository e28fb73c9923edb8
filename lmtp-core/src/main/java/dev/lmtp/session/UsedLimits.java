package dev.lmtp.session;

import dev.lmtp.Capabilities;
import dev.lmtp.ForwardPath;
import java.util.HashSet;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;

/** What a session has used up of that which its server's LIMITS allow it as a whole: RFC 9422. */
final class UsedLimits {

  private final Set<String> domains = new HashSet<>();
  private int mails;

  /** Counts a {@code MAIL}; refused ones count too (§4.1). */
  void mail() {
    mails++;
  }

  /** Whether there may be one more {@code MAIL}. */
  boolean allowMail(Capabilities offered) {
    OptionalInt most = offered.sessionLimits().mailMax();
    return most.isEmpty() || mails < most.getAsInt();
  }

  /** Takes the recipient's domain up, if it may: whether there may be a {@code RCPT} for it. */
  boolean allowRcpt(ForwardPath path, Capabilities offered) {
    OptionalInt most = offered.sessionLimits().rcptDomainMax();
    if (most.isEmpty()) {
      return true;
    }
    String domain = path.mailbox().domain().toLowerCase(Locale.ROOT);
    return domains.contains(domain) || (domains.size() < most.getAsInt() && domains.add(domain));
  }
}
