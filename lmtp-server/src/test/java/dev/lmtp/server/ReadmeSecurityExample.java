package dev.lmtp.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** The README's secure server, as it stands there. */
final class ReadmeSecurityExample {

  private ReadmeSecurityExample() {}

  static LmtpServer.Builder server(DeliveryAgent agent) throws IOException {
    // README begins
    LmtpServer.Builder server =
        LmtpServer.builder(agent)
            .listen("inet:0.0.0.0:2424")
            .tls(ServerTls.ofPem(Path.of("cert.pem"), Path.of("key.pem"), ServerTls.Use.REQUIRED))
            .authentication(PasswordFile.read(Path.of("passwords")), "SCRAM-SHA-256", "PLAIN")
            .requireAuthentication()
            .trust(TrustPolicy.LOCAL.trusting("192.0.2.0/28", Set.of(Privilege.PROXY)));
    // README ends
    return server;
  }
}
