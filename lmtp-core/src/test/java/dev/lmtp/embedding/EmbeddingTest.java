package dev.lmtp.embedding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lmtp.Protocol;
import dev.lmtp.Reply;
import dev.lmtp.session.ServerEvent;
import dev.lmtp.session.ServerSession;
import dev.lmtp.session.ServerState;
import dev.lmtp.testing.DialoguePlayer;
import dev.lmtp.testing.DialoguePlayer.Comparison;
import dev.lmtp.testing.Dialogues;
import dev.lmtp.testing.ServerPlayer;
import dev.lmtp.testkit.Dialogue;
import dev.lmtp.testkit.ScriptedPeer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The core, driven by other people's I/O, passes the same dialogues. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EmbeddingTest {
  private Vertx vertx;

  @BeforeAll
  void startVertx() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  void stopVertx() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private static Stream<Dialogue> dialogues() {
    List<Dialogue> all =
        Stream.concat(Dialogues.all("server").stream(), Dialogues.all("both").stream()).toList();
    assertFalse(all.isEmpty());
    // Nobody but a test closes a session from outside.
    return all.stream().filter(dialogue -> dialogue.octets(Dialogue.Kind.CLOSE).isEmpty());
  }

  /** When an application answers. */
  private enum When {
    NOW,
    LATER
  }

  /** A dialogue's server in an embedded Netty channel; answers at once or by and by. */
  private static final class NettyPlayer implements DialoguePlayer.Server {
    private final ServerPlayer player;
    private final ArrayDeque<Runnable> undone = new ArrayDeque<>();
    private final EmbeddedChannel channel;

    NettyPlayer(Dialogue dialogue, When when) {
      player = ServerPlayer.of(dialogue);
      channel =
          new EmbeddedChannel(
              new NettySession(
                  player.session(), event -> isNow(when, event) ? now(event) : later(event)));
    }

    /** A piece of content is gone when the handler has returned. */
    private static boolean isNow(When when, ServerEvent event) {
      return when == When.NOW || event == ServerEvent.CONTENT;
    }

    private CompletionStage<?> now(ServerEvent event) {
      player.answer(event);
      return CompletableFuture.completedFuture(null);
    }

    private CompletionStage<?> later(ServerEvent event) {
      CompletableFuture<Void> answered = new CompletableFuture<>();
      undone.add(
          () -> {
            player.answer(event);
            answered.complete(null);
          });
      return answered;
    }

    @Override
    public String send(ByteBuffer in) {
      if (session().state() == ServerState.TLS) {
        session().secured();
      }
      if (channel.isOpen()) {
        channel.writeInbound(Unpooled.copiedBuffer(in));
      }
      return said();
    }

    private String said() {
      while (!undone.isEmpty()) {
        undone.remove().run();
        channel.runPendingTasks();
      }
      StringBuilder said = new StringBuilder();
      for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        said.append(out.toString(StandardCharsets.ISO_8859_1));
        out.release();
      }
      return said.toString();
    }

    @Override
    public String endInput() {
      channel.pipeline().fireChannelInactive();
      return said();
    }

    @Override
    public String close(Reply last) {
      session().close(last);
      return send(ByteBuffer.allocate(0));
    }

    @Override
    public ServerSession session() {
      return player.session();
    }

    @Override
    public List<String> told() {
      return player.told();
    }
  }

  @TestFactory
  @DisplayName("Netty, at every slicing")
  Stream<DynamicTest> netty() {
    return dialogues()
        .flatMap(
            dialogue ->
                Stream.of(When.values())
                    .map(
                        when ->
                            dynamicTest(
                                dialogue.name() + " " + when,
                                () ->
                                    DialoguePlayer.playClientLines(
                                        dialogue,
                                        Comparison.EXACT,
                                        one -> new NettyPlayer(one, when)))));
  }

  @TestFactory
  @DisplayName("Vert.x, over a socket, turn by turn")
  Stream<DynamicTest> vertx() {
    return dialogues()
        // This one has no TLS.
        .filter(dialogue -> !dialogue.octets(Dialogue.Kind.CLIENT).contains("STARTTLS\r\n"))
        .map(dialogue -> dynamicTest(dialogue.name(), () -> playVertx(dialogue)));
  }

  private void playVertx(Dialogue dialogue) throws Exception {
    ServerPlayer player = ServerPlayer.of(dialogue);
    NetServer server = vertx.createNetServer(new NetServerOptions().setHost("127.0.0.1"));
    CompletableFuture<Void> ended = new CompletableFuture<>();
    server.connectHandler(
        socket ->
            new VertxSession(socket, player.session(), event -> later(player, event))
                .ended
                .future()
                .onSuccess(ended::complete));
    CompletableFuture<NetServer> listening =
        server.listen(0).toCompletionStage().toCompletableFuture();
    ScriptedPeer.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.get().actualPort()),
        peer -> peer.playClient(dialogue));
    // Closed any earlier, the server would drop what the client sent last.
    ended.get(1, TimeUnit.MINUTES);
    server.close().toCompletionStage().toCompletableFuture().get();
    // The client leaves where the dialogue ends, be it within a transaction.
    List<String> told = player.told();
    boolean cut = told.size() > dialogue.told().size();
    assertEquals(dialogue.told(), cut ? told.subList(0, told.size() - 1) : told);
    assertTrue(!cut || told.get(told.size() - 1).equals("aborted END_OF_INPUT"), told::toString);
  }

  private Future<?> later(ServerPlayer player, ServerEvent event) {
    if (event == ServerEvent.CONTENT) {
      player.answer(event);
      return Future.succeededFuture();
    }
    Promise<Void> answered = Promise.promise();
    vertx.runOnContext(
        now -> {
          player.answer(event);
          answered.complete();
        });
    return answered.future();
  }

  @ParameterizedTest
  @ValueSource(strings = {"NettySession", "VertxSession"})
  @DisplayName("an adapter has less than 60 lines of code")
  void small(String name) throws IOException {
    Path file = Path.of("src/test/java/dev/lmtp/embedding", name + ".java");
    List<String> lines = Files.readAllLines(file);
    int start = 0;
    while (!lines.get(start).startsWith("final class")) {
      start++;
    }
    long body =
        lines.subList(start + 1, lines.size()).stream().filter(line -> !line.isBlank()).count();
    assertTrue(body < 60, name + " has " + body);
  }

  @Test
  @DisplayName("an application that fails later ends the session in good order")
  void failsLater() {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    ServerPlayer player = ServerPlayer.of(Protocol.LMTP);
    EmbeddedChannel channel =
        new EmbeddedChannel(new NettySession(player.session(), event -> answer));
    answer.completeExceptionally(new IllegalStateException("a bug"));
    channel.runPendingTasks();
    StringBuilder said = new StringBuilder();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      said.append(out.toString(StandardCharsets.US_ASCII));
    }
    assertTrue(said.toString().startsWith("421 4.3.0 "), said::toString);
    assertFalse(channel.isOpen());
  }
}
