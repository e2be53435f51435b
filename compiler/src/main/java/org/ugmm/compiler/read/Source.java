package org.ugmm.compiler.read;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A text or binary document: a file, or bytes in memory with a name for messages. */
public final class Source {
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

  /**
   * Bytes in memory, not copied; the ending of the name tells the format as that of a file does.
   */
  public static Source bytes(String name, byte[] bytes) {
    return new Source(name, null, bytes);
  }

  /** The name that messages use. */
  public String name() {
    return name;
  }

  /** A new stream over the document from its start. */
  InputStream open() throws IOException {
    return file == null ? new ByteArrayInputStream(bytes) : Files.newInputStream(file);
  }

  /** Length in bytes. */
  long sizeBytes() throws IOException {
    return file == null ? bytes.length : Files.size(file);
  }

  /** The whole document. The caller must not change it. */
  byte[] readAll() throws IOException {
    if (file == null) {
      return bytes;
    }
    if (sizeBytes() > Integer.MAX_VALUE - 16) {
      throw ModelException.at(
          name, "whole file", sizeBytes() + " bytes", "at most " + (Integer.MAX_VALUE - 16));
    }
    return Files.readAllBytes(file);
  }
}
