package dev.lmtp.benchmarks;

import dev.lmtp.Envelope;
import dev.lmtp.Reply;
import dev.lmtp.client.LmtpClient;
import dev.lmtp.client.LmtpClient.Chunking;
import dev.lmtp.client.LmtpConnection;
import dev.lmtp.client.MessageSource;
import dev.lmtp.server.LmtpServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A large message out of a file, by one open connection over a Unix-domain socket; to our server,
 * which throws it away, in the same process.
 */
public class FileSending extends Measured {

  private static final Reply OK = Reply.of(250, "2.0.0", "Ok");
  private static final int MIB = 1 << 20;

  /** The size of the file in MiB. */
  @Param({"10", "100"})
  public int mib = 10;

  private final Envelope envelope = Envelope.of("sender@example.org", "user@example.org");
  private final ByteBuffer block = ByteBuffer.allocateDirect(MIB);
  private Path folder;
  private Path socket;
  private Path file;
  private ByteBuffer octets = ByteBuffer.allocate(0);
  private FileChannel channel;
  private LmtpServer server;
  private LmtpConnection chunks;
  private LmtpConnection data;
  private StepByStep steps;

  /** For JMH. */
  public FileSending() {}

  /** Makes the file, starts the server and connects. */
  @Setup
  public void connect() throws IOException {
    folder = Files.createTempDirectory("lmtp-benchmarks");
    socket = folder.resolve("socket");
    byte[] content = Corpus.BASE64.content(mib * MIB);
    file = Files.write(folder.resolve("message"), content);
    octets = ByteBuffer.allocateDirect(content.length).put(content);
    channel = FileChannel.open(file);
    server = LmtpServer.builder(mail -> mail.replyAll(OK)).listen("unix:" + socket).start();
    chunks = connect(Chunking.WHEN_OFFERED);
    data = connect(Chunking.NEVER);
    steps = new StepByStep("unix:" + socket);
  }

  private LmtpConnection connect(Chunking chunking) throws IOException {
    return LmtpClient.builder("unix:" + socket).chunking(chunking).build().connect();
  }

  /** Ours by {@code BDAT}: looked through, then from the file to the socket in the kernel. */
  @Benchmark
  public boolean chunks() throws IOException {
    return chunks.deliver(envelope, MessageSource.of(file)).allAccepted();
  }

  /** The baseline for chunks: a {@code BDAT} written from memory. */
  @Benchmark
  public void memory() throws IOException {
    steps.deliverChunk(octets.rewind());
  }

  /** Ours by {@code DATA}: looked through, then its dots doubled. */
  @Benchmark
  public boolean data() throws IOException {
    return data.deliver(envelope, MessageSource.of(file)).allAccepted();
  }

  /** The baseline for {@code DATA}: read and written in blocks, no octet looked at. */
  @Benchmark
  public void unscanned() throws IOException {
    steps.deliverUnscanned(channel, block);
  }

  /** Ends all of it. */
  @TearDown
  public void disconnect() throws IOException {
    chunks.close();
    data.close();
    steps.close();
    server.close();
    channel.close();
    Files.delete(file);
    Files.deleteIfExists(socket);
    Files.delete(folder);
  }
}
