package dev.lmtp.server;

import dev.lmtp.ClientAttributes;
import dev.lmtp.Parameter;
import dev.lmtp.Verb;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a front-end that we trust said of its own client.
 *
 * @param attributes by {@code XCLIENT} and {@code XFORWARD}
 * @param proxyTlvs the extensions of a PROXY header, by type; read-only
 * @param deadline when the front-end will have given up (Dovecot's TIMEOUT): what is answered later
 *     is delivered twice
 */
public record FrontEnd(
    ClientAttributes attributes, Map<Integer, ByteBuffer> proxyTlvs, Optional<Instant> deadline) {

  /** Nothing was said. */
  public static final FrontEnd NONE =
      new FrontEnd(ClientAttributes.NONE, Map.of(), Optional.empty());

  /**
   * What a Dovecot proxy says of a recipient, by name. Offered to peers with {@link
   * Privilege#XRCPTFORWARD}.
   */
  public static final Parameter<Map<String, String>> XRCPTFORWARD =
      Parameter.of(
          Verb.RCPT, "XRCPTFORWARD", "XRCPTFORWARD", FrontEnd::readFields, FrontEnd::writeFields);

  /** What stands for an octet that may not stand for itself: behind 0x01. */
  private static final String ESCAPED = "01trn";

  private static final String ESCAPES = "\0\u0001\t\r\n";

  // Base64 of NAME=value pairs between TABs.
  private static Map<String, String> readFields(String value) {
    String fields = new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
    Map<String, String> found = new LinkedHashMap<>();
    for (String field : fields.split("\t")) {
      int equals = field.indexOf('=');
      found.put(
          equals < 0 ? field : field.substring(0, equals),
          equals < 0 ? "" : unescape(field.substring(equals + 1)));
    }
    return found;
  }

  private static String writeFields(Map<String, String> fields) {
    List<String> pairs = new ArrayList<>();
    fields.forEach((name, value) -> pairs.add(name + "=" + escape(value)));
    return Base64.getEncoder()
        .encodeToString(String.join("\t", pairs).getBytes(StandardCharsets.UTF_8));
  }

  private static String unescape(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      boolean escape = text.charAt(i) == 1 && i + 1 < text.length();
      int which = escape ? ESCAPED.indexOf(text.charAt(++i)) : -1;
      plain.append(which < 0 ? text.charAt(i) : ESCAPES.charAt(which));
    }
    return plain.toString();
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      int which = ESCAPES.indexOf(text.charAt(i));
      if (which < 0) {
        escaped.append(text.charAt(i));
      } else {
        escaped.append('\u0001').append(ESCAPED.charAt(which));
      }
    }
    return escaped.toString();
  }
}
