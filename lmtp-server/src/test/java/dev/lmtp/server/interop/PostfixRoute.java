package dev.lmtp.server.interop;

import java.util.HashMap;
import java.util.Map;

/**
 * The ways by which Postfix can be told to hand the mail of a domain to an LMTP server, each with
 * the lines of main.cf that it takes.
 */
enum PostfixRoute {
  /** A domain of the class "virtual mailbox", as virtual(8) would serve it. */
  VIRTUAL_TRANSPORT {
    @Override
    Map<String, String> parameters(String domain, String nextHop) {
      return Map.of("virtual_mailbox_domains", domain, "virtual_transport", nextHop);
    }
  },

  /** An entry of the transport table, here for a domain of the class "relay". */
  TRANSPORT_MAPS {
    @Override
    Map<String, String> parameters(String domain, String nextHop) {
      return Map.of(
          "relay_domains", domain, "transport_maps", "inline:{{" + domain + "=" + nextHop + "}}");
    }
  },

  /** Local domains; local(8) is not asked, so there are no aliases and no .forward files. */
  LOCAL_TRANSPORT {
    @Override
    Map<String, String> parameters(String domain, String nextHop) {
      return Map.of("mydestination", domain, "local_transport", nextHop);
    }
  },

  /** Local domains; local(8) expands aliases first, then every mailbox comes to us. */
  MAILBOX_TRANSPORT {
    @Override
    Map<String, String> parameters(String domain, String nextHop) {
      return Map.of("mydestination", domain, "mailbox_transport", nextHop);
    }
  },

  /** Local domains; local(8) serves the UNIX accounts itself, who has none comes to us. */
  FALLBACK_TRANSPORT {
    @Override
    Map<String, String> parameters(String domain, String nextHop) {
      return Map.of("mydestination", domain, "fallback_transport", nextHop);
    }
  };

  abstract Map<String, String> parameters(String domain, String nextHop);

  /** The same for much mail, for servers that come and go, and for {@link PostfixDeliveries}. */
  Map<String, String> retryingAtOnce(String domain, String nextHop) {
    Map<String, String> parameters = new HashMap<>(parameters(domain, nextHop));
    parameters.put("enable_long_queue_ids", "yes");
    parameters.put("smtpd_relay_restrictions", "reject_unauth_destination");
    parameters.put("in_flow_delay", "0");
    // What waits is tried again at once, and a server that is away for a second is not given up.
    parameters.put("minimal_backoff_time", "1s");
    parameters.put("maximal_backoff_time", "1s");
    parameters.put("queue_run_delay", "1s");
    parameters.put("transport_retry_time", "1s");
    parameters.put("lmtp_destination_concurrency_failed_cohort_limit", "1000");
    return parameters;
  }
}
