package dev.lmtp;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lmtp.RecipientResult.Outcome;
import dev.lmtp.RecipientResult.Stage;
import dev.lmtp.session.ClientSettings;
import dev.lmtp.session.Offer;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerSettings;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must not be null is refused where it is given, and not where it is missed. */
class NullTest {

  static Stream<Record> values() {
    Envelope envelope = Envelope.of("a@b", "c@d");
    return Stream.of(
        ClientAttributes.NONE,
        DeliverBy.of(Duration.ofSeconds(1), DeliverBy.Mode.RETURN),
        new DeliveryResult(List.of()),
        DsnNotify.NEVER,
        envelope,
        envelope.recipients().get(0),
        envelope.recipients().get(0).path(),
        envelope.reversePath(),
        Leniency.STRICT,
        Mailbox.parse("a@b"),
        new MessageTracking("a", Optional.empty()),
        OriginalRecipient.of("a@b"),
        RecipientResult.withoutReply(
            ForwardPath.parse("a@b"), Outcome.NOT_SENT, Stage.SESSION, "lost"),
        RecipientValidSince.parse("2014-04-03T23:01:00Z"),
        Reply.of(250, "2.0.0", "Ok"),
        SessionLimits.NONE,
        ClientSettings.of(Protocol.LMTP, "client.example"),
        ServerSettings.of(Protocol.LMTP, "server.example"));
  }

  @ParameterizedTest
  @MethodSource("values")
  @DisplayName("no component of a value")
  void components(Record value) throws ReflectiveOperationException {
    RecordComponent[] components = value.getClass().getRecordComponents();
    List<Object> whole = new ArrayList<>();
    List<Class<?>> types = new ArrayList<>();
    for (RecordComponent component : components) {
      whole.add(component.getAccessor().invoke(value));
      types.add(component.getType());
    }
    Constructor<?> make = value.getClass().getConstructor(types.toArray(Class<?>[]::new));
    for (int i = 0; i < components.length; i++) {
      if (!components[i].getType().isPrimitive()) {
        Object[] lacking = whole.toArray();
        lacking[i] = null;
        Throwable thrown =
            assertThrows(InvocationTargetException.class, () -> make.newInstance(lacking))
                .getCause();
        assertTrue(thrown instanceof NullPointerException, components[i] + ": " + thrown);
      }
    }
  }

  @Test
  @DisplayName("no value of a parameter, no settings of a session")
  void arguments() {
    ServerSession session = new ServerSession(ServerSettings.of(Protocol.LMTP, "server.example"));
    for (Runnable call :
        List.<Runnable>of(
            () -> Parameters.NONE.with(Parameter.SIZE, null),
            () -> Parameters.NONE.with(Parameter.SMTPUTF8, null),
            () -> Offer.DEFAULT.with("X", null),
            () -> session.demand(null),
            () -> session.trace(null))) {
      assertThrows(NullPointerException.class, call::run);
    }
  }
}
