package dev.lmtp.server.example;

import dev.lmtp.server.DeliveryAgent;
import dev.lmtp.server.LmtpServer;
import dev.lmtp.server.PasswordFile;
import dev.lmtp.server.Privilege;
import dev.lmtp.server.ServerTls;
import dev.lmtp.server.TrustPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** The secure server of agents.md. */
final class SecureServerExample {

  private SecureServerExample() {}

  static LmtpServer.Builder server(DeliveryAgent agent) throws IOException {
    // agents.md begins
    LmtpServer.Builder server =
        LmtpServer.builder(agent)
            .listen("inet:0.0.0.0:2424")
            .tls(ServerTls.ofPem(Path.of("cert.pem"), Path.of("key.pem"), ServerTls.Use.REQUIRED))
            .authentication(PasswordFile.read(Path.of("passwords")), "SCRAM-SHA-256", "PLAIN")
            .requireAuthentication()
            .trust(TrustPolicy.LOCAL.trusting("192.0.2.0/28", Set.of(Privilege.PROXY)));
    // agents.md ends
    return server;
  }
}
