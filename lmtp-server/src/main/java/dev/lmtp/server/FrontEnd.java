package dev.lmtp.server;

import dev.lmtp.ClientAttributes;
import dev.lmtp.Parameter;
import dev.lmtp.Verb;
import dev.lmtp.Xtext;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

  /** What stands for a character that may not stand for itself: behind 0x01. */
  private static final String ESCAPED = "01trn";

  private static final String ESCAPES = "\0\u0001\t\r\n";
  private static final Pattern ESCAPE = Pattern.compile("\\+01([" + ESCAPED + "])");
  private static final String TAB = "+09";

  // NAME=value pairs between TABs, all of it in xtext; Dovecot's documentation says base64.
  private static Map<String, String> readFields(String value) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String xtext : value.split(Pattern.quote(TAB))) {
      String field = decode(xtext);
      int equals = field.indexOf('=');
      found.put(
          equals < 0 ? field : field.substring(0, equals),
          equals < 0 ? "" : field.substring(equals + 1));
    }
    return found;
  }

  private static String writeFields(Map<String, String> fields) {
    List<String> pairs = new ArrayList<>();
    fields.forEach((name, value) -> pairs.add(encode(name + "=" + value)));
    return String.join(TAB, pairs);
  }

  private static String decode(String xtext) {
    StringBuilder plain = new StringBuilder();
    Matcher escape = ESCAPE.matcher(xtext);
    int from = 0;
    while (escape.find()) {
      plain.append(Xtext.decode(xtext.substring(from, escape.start())));
      plain.append(ESCAPES.charAt(ESCAPED.indexOf(escape.group(1))));
      from = escape.end();
    }
    return plain.append(Xtext.decode(xtext.substring(from))).toString();
  }

  private static String encode(String plain) {
    StringBuilder xtext = new StringBuilder();
    plain
        .codePoints()
        .forEach(
            c -> {
              int which = ESCAPES.indexOf(c);
              xtext.append(
                  which < 0 ? Xtext.encode(Character.toString(c)) : "+01" + ESCAPED.charAt(which));
            });
    return xtext.toString();
  }
}
