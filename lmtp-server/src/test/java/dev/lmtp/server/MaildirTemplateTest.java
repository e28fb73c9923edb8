package dev.lmtp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lmtp.Mailbox;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaildirTemplateTest {

  @ParameterizedTest
  @CsvSource({
    "/mail/%u,              Joe.Doe@Example.ORG, /mail/Joe.Doe@example.org",
    "/mail/%n,              Joe.Doe@Example.ORG, /mail/Joe.Doe",
    "/mail/%d/%n/Maildir,   joe@Example.ORG,     /mail/example.org/joe/Maildir",
    "/mail/100%%/%n,        joe@example.org,     /mail/100%/joe",
    "/mail/%n%%d,           joe@example.org,     /mail/joe%d",
    "/mail/%%%n,            joe@example.org,     /mail/%joe",
    "/mail/%n,              '\"j d\"@example.org', '/mail/j d'",
    "/mail/%n,              '\"j\\d\"@example.org', /mail/jd",
    "/mail/%n,              %d@example.org,      /mail/%d",
    "/mail/%u,              postmaster,          /mail/postmaster",
    "/mail/%n,              postmaster,          /mail/postmaster",
    "/mail/%d/%n,           j@[127.0.0.1],       /mail/[127.0.0.1]/j",
    "/mail/all,             joe@example.org,     /mail/all",
    "/mail/%d/%n,           joe@Example.org.,    /mail/example.org/joe",
    "/mail/%u,              joe@example.org.,    /mail/joe@example.org",
  })
  void variables(String template, String mailbox, String path) {
    assertEquals(
        Optional.of(Path.of(path)), MaildirTemplate.parse(template).expand(Mailbox.parse(mailbox)));
  }

  @Test
  @DisplayName("H33 E6 a Kelvin sign is not folded into the k of another domain, UTF-8 is no name")
  void utf8() {
    MaildirTemplate template = MaildirTemplate.parse("/mail/%d/%n");
    for (String mailbox : new String[] {"joe@\u212aelvin.example", "j\u00f6@example.org"}) {
      assertEquals(Optional.empty(), template.expand(Mailbox.parse(mailbox)), mailbox);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/mail/%d/%n/Maildir, /mail",
    "/mail/x%n/y,         /mail",
    "/mail%%/%n,          /mail%",
    "/a%%b%n,             /",
    "/%n,                 /",
    "/mail/all,           /mail/all",
  })
  void theRootEndsBeforeTheFirstVariable(String template, String root) {
    assertEquals(Path.of(root), MaildirTemplate.parse(template).root());
  }

  @Test
  void aRelativeTemplateStartsInTheWorkingDirectory() {
    MaildirTemplate template = MaildirTemplate.parse("mail/%n");

    assertEquals(Path.of("mail").toAbsolutePath(), template.root());
    assertEquals(
        Optional.of(Path.of("mail/joe").toAbsolutePath()),
        template.expand(Mailbox.parse("joe@example.org")));
    assertEquals(Path.of("").toAbsolutePath(), MaildirTemplate.parse("%d/%n").root());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/mail/%", "/mail/%x", "/mail/%%%", "/mail/%Ln", "/mail/%{user}"})
  void unknownVariables(String template) {
    assertThrows(IllegalArgumentException.class, () -> MaildirTemplate.parse(template));
  }

  @ParameterizedTest
  @DisplayName("H33: no value climbs, hides, is an option, or ends a name")
  @ValueSource(
      strings = {
        "", ".", "..", ".x", "-", "-x", "/", "a/b", "../x", "a/../..", "a\\b", "a\0", "\0", "a\nb",
        "\u00e4", "a\u007f"
      })
  void unsafeValues(String value) {
    for (String template : new String[] {"/mail/%n", "/mail/%u", "/mail/x%n", "/mail/%n/Maildir"}) {
      assertEquals(
          Optional.empty(), MaildirTemplate.parse(template).expand(value, "example.org"), template);
    }
    assertEquals(Optional.empty(), MaildirTemplate.parse("/mail/%d/%n").expand("joe", value));
    if (!value.isEmpty()) {
      assertEquals(Optional.empty(), MaildirTemplate.parse("/mail/%u").expand("joe", value));
    }
  }

  @Test
  @DisplayName("H33: an address literal may hold slashes and dots")
  void hostileDomain() {
    Mailbox mailbox = Mailbox.parse("joe@[x:../../../etc]");

    assertEquals(Optional.empty(), MaildirTemplate.parse("/mail/%d/%n").expand(mailbox));
    assertEquals(Optional.empty(), MaildirTemplate.parse("/mail/%u").expand(mailbox));
  }

  @Test
  void aNameLongerThanFileSystemsTakeIsNoMailbox() {
    MaildirTemplate template = MaildirTemplate.parse("/mail/%u");

    String longest = "x".repeat(255 - "@example.org".length());
    assertEquals(
        Optional.of(Path.of("/mail/" + longest + "@example.org")),
        template.expand(longest, "example.org"));
    assertEquals(Optional.empty(), template.expand(longest + "x", "example.org"));
  }
}
