package dev.lmtp.server.interop;

import dev.lmtp.testing.peer.Ownership;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A directory tree of Maildirs, one for each address as {@code ROOT/domain/local-part}. */
final class Maildirs {
  private final Path root;

  private Maildirs(Path root) {
    this.root = root;
  }

  static Maildirs under(Path root) throws IOException {
    return new Maildirs(Files.createDirectories(root));
  }

  /** The template by which our server finds these Maildirs. */
  String template() {
    return root + "/%d/%n";
  }

  /** Makes an empty mailbox. Only its directory: the server makes what it needs below. */
  void add(String address) throws IOException {
    Files.createDirectories(mailbox(address));
  }

  /** Makes a mailbox that holds one old message of this size. */
  void addFilled(String address, long bytes) throws IOException {
    Path cur = Files.createDirectories(mailbox(address).resolve("cur"));
    Files.createDirectories(mailbox(address).resolve("new"));
    Files.createDirectories(mailbox(address).resolve("tmp"));
    Path old = cur.resolve("1700000000.M1P1.mail.example.org,S=" + bytes + ":2,S");
    try (RandomAccessFile file = new RandomAccessFile(old.toFile(), "rw")) {
      file.setLength(bytes);
    }
  }

  boolean exists(String address) {
    return Files.exists(mailbox(address));
  }

  /** The new messages of one mailbox, in no particular order. */
  List<StoredMessage> newMessages(String address) throws IOException {
    List<StoredMessage> messages = new ArrayList<>();
    for (Path file : files(mailbox(address).resolve("new"))) {
      messages.add(StoredMessage.parse(Files.readAllBytes(file)));
    }
    return messages;
  }

  /** What is left of deliveries that did not finish: there must be nothing. */
  List<Path> unfinished(String address) throws IOException {
    return files(mailbox(address).resolve("tmp"));
  }

  /** Gives all of them to a user, for a reader that runs as this one; takes root. */
  void giveTo(String user) throws IOException {
    Ownership.give(root, user);
  }

  Path mailbox(String address) {
    int at = address.lastIndexOf('@');
    return root.resolve(address.substring(at + 1)).resolve(address.substring(0, at));
  }

  private static List<Path> files(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    }
  }
}
