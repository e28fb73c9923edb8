package dev.lmtp.client;

/** The README's secure client, as it stands there. */
final class ReadmeSecurityExample {

  private ReadmeSecurityExample() {}

  static LmtpClient client(String password) {
    // README begins
    LmtpClient client =
        LmtpClient.builder("inet:mail.example.org:2424")
            .tls(ClientTls.Use.REQUIRED)
            .credentials(Credentials.password("ada", password))
            .build();
    // README ends
    return client;
  }
}
