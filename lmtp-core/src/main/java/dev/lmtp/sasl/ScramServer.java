package dev.lmtp.sasl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.util.Map;
import javax.security.auth.callback.CallbackHandler;
import javax.security.sasl.SaslException;

/**
 * The server of SCRAM, RFC 5802. An unknown user gets as far as a wrong password does, with a salt
 * that is made up but stays the same, so that nobody learns from it which users there are.
 */
final class ScramServer extends ServerExchange {

  private final ScramHash hash;
  private final Map<String, byte[]> bindings;
  private final ServerMechanisms factory;
  private final String ownNonce;

  private Gs2Header header;
  private String user;
  private ScramKeys keys;
  private String nonce;
  private String firstMessages;

  /**
   * @param bindings what the channel can be bound by; not empty means that PLUS is offered
   */
  ScramServer(
      String mechanism,
      ScramHash hash,
      CallbackHandler handler,
      Map<String, byte[]> bindings,
      ServerMechanisms factory,
      String nonce) {
    super(mechanism, handler);
    this.hash = hash;
    this.bindings = bindings;
    this.factory = factory;
    this.ownNonce = nonce;
  }

  @Override
  byte[] step(byte[] response) throws SaslException {
    String message = SaslPrep.decode(response);
    return (header == null ? first(message) : last(message)).getBytes(UTF_8);
  }

  private String first(String message) throws SaslException {
    header = Gs2Header.parse(message);
    requireBinding();
    String bare = message.substring(header.text().length());
    ScramMessage attributes = new ScramMessage(bare);
    user = Gs2Header.name(attributes.take('n'));
    nonce = attributes.takeNonce("") + ownNonce;

    ScramKeys decoy = factory.decoy(hash, user);
    ScramCredentialCallback question = new ScramCredentialCallback(user, decoy);
    ask(question);
    keys = question.keys();
    if (keys == null) {
      user = null;
      keys = decoy;
    }
    String answer = "r=" + nonce + ",s=" + ScramMessage.base64(keys.salt) + ",i=" + keys.iterations;
    firstMessages = bare + "," + answer + ",";
    return answer;
  }

  private String last(String message) throws SaslException {
    int proofAt = message.lastIndexOf(",p=");
    if (proofAt < 0) {
      throw malformed("no proof");
    }
    ScramMessage attributes = new ScramMessage(message);
    String binding = attributes.take('c');
    if (!attributes.take('r').equals(nonce)) {
      throw malformed("another nonce");
    }
    byte[] data = header.isBound() ? bindings.get(header.flag().substring(2)) : new byte[0];
    if (!binding.equals(ScramMessage.channelBinding(header, data))) {
      throw malformed("the channel bindings do not match");
    }
    byte[] key = ScramMessage.base64(message.substring(proofAt + 3));
    if (key.length != hash.length()) {
      throw malformed("proof of a wrong length");
    }
    byte[] signed = (firstMessages + message.substring(0, proofAt)).getBytes(UTF_8);
    byte[] signature = hash.hmac(keys.storedKey, signed);
    for (int i = 0; i < key.length; i++) {
      key[i] ^= signature[i];
    }
    if (!MessageDigest.isEqual(hash.h(key), keys.storedKey) || user == null) {
      throw refused();
    }
    authorize(user, header.authzid());
    return "v=" + ScramMessage.base64(hash.hmac(keys.serverKey, signed));
  }

  private void requireBinding() throws SaslException {
    String flag = header.flag();
    boolean plus = getMechanismName().endsWith("-PLUS");
    if (header.isBound() != plus) {
      throw malformed("channel binding asked for by one of name and flag only");
    }
    if (plus && !bindings.containsKey(flag.substring(2))) {
      throw malformed("channel binding type not supported");
    }
    // Somebody took PLUS out of our list on its way to the client, RFC 5802 6.
    if (flag.equals("y") && !bindings.isEmpty()) {
      throw malformed("server does support channel binding");
    }
  }

  @Override
  void wipe() {
    keys = null;
  }
}
