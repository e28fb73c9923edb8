package dev.lmtp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What tests look at in a directory of Maildirs. */
final class Spool {

  /** The three fields on top; the third one has two more lines. */
  private static final Pattern TRACE =
      Pattern.compile("Return-Path: .*\r?\nDelivered-To: .*\r?\nReceived: .*\r?\n(\t.*\r?\n){2}");

  private final Path root;

  Spool(Path root) {
    this.root = root;
  }

  Path root() {
    return root;
  }

  /** The template of a mailbox for each local part. */
  String template() {
    return root + "/%n";
  }

  /** Makes an empty mailbox. */
  Path mailbox(String name) throws IOException {
    return Files.createDirectories(root.resolve(name));
  }

  /** The paths of the messages in {@code new}. */
  List<Path> messages(String name) {
    return list(root.resolve(name).resolve("new"));
  }

  /** The messages in {@code new}, whole. */
  List<String> texts(String name) {
    return messages(name).stream().map(Spool::text).toList();
  }

  /** The messages in {@code new}, without their trace fields. */
  List<String> contents(String name) {
    return texts(name).stream().map(Spool::withoutTrace).toList();
  }

  static String withoutTrace(String message) {
    var matcher = TRACE.matcher(message);
    if (!matcher.lookingAt()) {
      throw new AssertionError("no trace fields: " + message);
    }
    return message.substring(matcher.end());
  }

  static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every file below the root. */
  List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static List<Path> list(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
