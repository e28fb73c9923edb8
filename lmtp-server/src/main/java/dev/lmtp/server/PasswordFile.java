package dev.lmtp.server;

import dev.lmtp.io.OperatorFile;
import dev.lmtp.sasl.Mechanisms;
import dev.lmtp.sasl.ScramCredentialCallback;
import dev.lmtp.sasl.StoredPassword;
import dev.lmtp.sasl.VerifyPasswordCallback;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.AuthorizeCallback;
import javax.security.sasl.RealmCallback;

/**
 * A file of users and what is stored of their passwords, one {@code user:{SCHEME}...} a line, as
 * {@link StoredPassword} writes and Dovecot reads them; empty lines and those with {@code #} in
 * front mean nothing. Read again when it changes. Everybody may act as himself alone.
 *
 * <p>CRAM-MD5 and DIGEST-MD5 need passwords stored as {@code {PLAIN}}. Safe for use by any thread.
 */
public final class PasswordFile implements CallbackHandler {

  private static final Logger LOG = System.getLogger("dev.lmtp.server");

  private final Path file;
  private FileTime time;
  private Map<String, StoredPassword> users;

  private PasswordFile(Path file) throws IOException {
    this.file = file;
    this.time = OperatorFile.modified(file);
    this.users = read();
  }

  /**
   * Reads a file.
   *
   * @throws IOException where it cannot be read or a line is malformed; the message names the file,
   *     and the line by its number
   */
  public static PasswordFile read(Path file) throws IOException {
    return new PasswordFile(file);
  }

  private Map<String, StoredPassword> read() throws IOException {
    List<String> lines = OperatorFile.text(file).lines().toList();
    Map<String, StoredPassword> found = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(":{");
      try {
        if (colon < 1) {
          throw new IllegalArgumentException("not user:{SCHEME}...");
        }
        found.put(line.substring(0, colon), StoredPassword.parse(line.substring(colon + 1)));
      } catch (IllegalArgumentException e) {
        throw new IOException(file + ", line " + (i + 1) + ": " + e.getMessage(), e);
      }
    }
    return Map.copyOf(found);
  }

  /**
   * The mechanisms by which every user of the file can authenticate, the strongest first: what is
   * stored as keys of one hash function is good for that alone, and for a password in the clear.
   */
  public synchronized String[] mechanisms() {
    Set<String> schemes = new TreeSet<>();
    users.values().forEach(stored -> schemes.add(stored.toString()));
    List<String> common = new ArrayList<>();
    for (String mechanism : Mechanisms.FOR_PASSWORDS) {
      String scheme = "{" + mechanism.replace("-PLUS", "") + "}";
      boolean scram = mechanism.startsWith("SCRAM-");
      boolean clear = Mechanisms.isCleartext(mechanism);
      if (schemes.stream()
          .allMatch(kept -> clear || kept.equals("{PLAIN}") || (scram && kept.equals(scheme)))) {
        common.add(mechanism);
      }
    }
    return common.toArray(new String[0]);
  }

  private synchronized StoredPassword find(String user) throws IOException {
    FileTime now = OperatorFile.modified(file);
    if (!now.equals(time)) {
      users = read();
      time = now;
      LOG.log(Level.INFO, "passwords read again from " + file);
    }
    return users.get(user);
  }

  /** Answers for a mechanism. */
  @Override
  public void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
    String name = null;
    for (Callback callback : callbacks) {
      if (callback instanceof VerifyPasswordCallback verify) {
        StoredPassword stored = find(verify.user());
        if (stored != null) {
          verify.verify(stored);
        }
      } else if (callback instanceof ScramCredentialCallback scram) {
        StoredPassword stored = find(scram.user());
        if (stored != null) {
          scram.stored(stored);
        }
      } else if (callback instanceof NameCallback asked) {
        name = asked.getDefaultName();
        asked.setName(name);
      } else if (callback instanceof PasswordCallback asked) {
        StoredPassword stored = name == null ? null : find(name);
        if (stored != null) {
          stored.clear().ifPresent(asked::setPassword);
        }
      } else if (callback instanceof RealmCallback asked) {
        asked.setText(asked.getDefaultText());
      } else if (callback instanceof AuthorizeCallback asked) {
        asked.setAuthorized(asked.getAuthenticationID().equals(asked.getAuthorizationID()));
      } else {
        throw new UnsupportedCallbackException(callback);
      }
    }
  }
}
