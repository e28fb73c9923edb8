package dev.lmtp.sasl;

import java.security.Provider;
import java.util.List;
import java.util.Map;

/**
 * The mechanisms of this package as a provider, for those who want them from {@code
 * javax.security.sasl.Sasl}: {@code Security.addProvider(new LmtpSaslProvider())}. Without that
 * {@link ClientMechanisms} and {@link ServerMechanisms} are used directly.
 */
public final class LmtpSaslProvider extends Provider {

  /**
   * The property of the factories that hands in the channel bindings for -PLUS: a {@code
   * Map<String, byte[]>} from the type (RFC 5929, RFC 9266) to its data. A server takes each of
   * them, a client uses the first.
   */
  public static final String CHANNEL_BINDINGS = "dev.lmtp.sasl.channel-bindings";

  private static final long serialVersionUID = 1;

  /** Makes a provider with factories of its own. */
  public LmtpSaslProvider() {
    super("LmtpSasl", "0.1", "SASL mechanisms for LMTP and SMTP");
    ClientMechanisms clients = new ClientMechanisms();
    for (String mechanism : clients.getMechanismNames(Map.of())) {
      putService(new Factory(this, "SaslClientFactory", mechanism, clients));
    }
    ServerMechanisms servers = new ServerMechanisms();
    for (String mechanism : servers.getMechanismNames(Map.of())) {
      putService(new Factory(this, "SaslServerFactory", mechanism, servers));
    }
  }

  /** A service that hands out its factory, so that nothing is made by reflection. */
  private static final class Factory extends Service {

    private final Object factory;

    Factory(Provider provider, String type, String mechanism, Object factory) {
      super(provider, type, mechanism, factory.getClass().getName(), List.of(), Map.of());
      this.factory = factory;
    }

    @Override
    public Object newInstance(Object parameter) {
      return factory;
    }
  }
}
