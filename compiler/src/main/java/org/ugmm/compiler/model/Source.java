package org.ugmm.compiler.model;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * A text or binary document: a file, or bytes in memory with a name for messages. What is
 * compressed by gzip reads as what was compressed; its first two bytes tell, not its name.
 */
public final class Source {
  /*
   * A compressed text may unpack to a thousand times its size. Real models stay far below these
   * limits, so that a small hostile file cannot ask for much memory.
   */
  private static final int MAX_UNPACKED = 1 << 30;
  private static final long MAX_RATIO = 200;

  private final String name;
  private final @Nullable Path file;
  private final byte[] bytes;

  private Source(String name, @Nullable Path file, byte[] bytes) {
    this.name = name;
    this.file = file;
    this.bytes = bytes;
  }

  /** A file; its name in messages is the last part of its path. */
  public static Source file(Path file) {
    Path last = file.getFileName();
    return new Source(last == null ? file.toString() : last.toString(), file, new byte[0]);
  }

  /** Bytes in memory, not copied. */
  public static Source bytes(String name, byte[] bytes) {
    return new Source(name, null, bytes);
  }

  /** The name that messages use. */
  public String name() {
    return name;
  }

  /** The name in lower case without the ending that says how the document is compressed. */
  public String plainName() {
    String plain = name.toLowerCase(Locale.ROOT);
    return plain.endsWith(".gz") ? plain.substring(0, plain.length() - 3) : plain;
  }

  /**
   * A file beside this one with another ending in the place of its own.
   *
   * @param endings the endings to try, in order
   * @return null when there is no such file
   */
  public @Nullable Source sibling(String... endings) {
    if (file == null) {
      return null;
    }
    int dot = name.lastIndexOf('.', name.endsWith(".gz") ? name.length() - 4 : name.length());
    for (String ending : endings) {
      Path sibling = file.resolveSibling(name.substring(0, Math.max(0, dot)) + ending);
      if (Files.isRegularFile(sibling)) {
        return file(sibling);
      }
    }
    return null;
  }

  private InputStream raw() throws IOException {
    return file == null ? new ByteArrayInputStream(bytes) : Files.newInputStream(file);
  }

  /** The first bytes as they are stored, at most this many. */
  private byte[] start(int length) throws IOException {
    try (InputStream in = raw()) {
      return in.readNBytes(length);
    }
  }

  private boolean isCompressed() throws IOException {
    byte[] start = start(2);
    return start.length == 2 && start[0] == (byte) 0x1f && start[1] == (byte) 0x8b;
  }

  /** A new stream over the document from its start. */
  public InputStream open() throws IOException {
    return isCompressed() ? new ByteArrayInputStream(readAll()) : raw();
  }

  /** The first bytes of the document, at most this many, without what a defect cuts off. */
  public byte[] head(int length) throws IOException {
    if (!isCompressed()) {
      return start(length);
    }
    byte[] head = new byte[length];
    int size = 0;
    try (InputStream in = new GZIPInputStream(raw())) {
      for (int read; size < length && (read = in.read(head, size, length - size)) > 0; ) {
        size += read;
      }
    } catch (ZipException | java.io.EOFException e) {
      return Arrays.copyOf(head, size); // whoever reads the document reports it
    }
    return Arrays.copyOf(head, size);
  }

  /** Length in bytes. */
  long sizeBytes() throws IOException {
    return isCompressed() ? readAll().length : file == null ? bytes.length : Files.size(file);
  }

  /** The whole document. The caller must not change it. */
  public byte[] readAll() throws IOException {
    if (isCompressed()) {
      long stored = file == null ? bytes.length : Files.size(file);
      int limit = (int) Math.min(MAX_UNPACKED, (1 << 24) + MAX_RATIO * stored);
      try (InputStream in = new GZIPInputStream(raw(), 1 << 16)) {
        byte[] unpacked = in.readNBytes(limit);
        if (in.read() >= 0) {
          throw ModelException.at(
              name,
              "whole file",
              "more than %d bytes unpacked from %d".formatted(limit, stored),
              "fewer; unpack it with gunzip first");
        }
        return unpacked;
      } catch (ZipException | java.io.EOFException e) {
        throw damaged(e);
      }
    }
    if (file == null) {
      return bytes;
    }
    if (Files.size(file) > Integer.MAX_VALUE - 16) {
      throw ModelException.at(
          name, "whole file", Files.size(file) + " bytes", "at most " + (Integer.MAX_VALUE - 16));
    }
    return Files.readAllBytes(file);
  }

  private ModelException damaged(IOException e) {
    return new ModelException(
        "%s: starts as a file compressed by gzip and does not go on as one: %s"
            .formatted(name, e.getMessage()),
        e);
  }

  /** The whole document as a text: UTF-8, or Latin-1 where it is not that. */
  public String text() throws IOException {
    byte[] all = readAll();
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(all)).toString();
    } catch (CharacterCodingException e) {
      return new String(all, StandardCharsets.ISO_8859_1);
    }
  }
}
