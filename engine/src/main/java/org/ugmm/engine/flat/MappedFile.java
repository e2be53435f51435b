package org.ugmm.engine.flat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/**
 * A whole file mapped read-only, in windows because one mapping is at most 2 GiB. A small file is
 * read instead: a mapping costs more than it saves there and lingers until the next collection.
 */
final class MappedFile {
  /* A multiple of 64: no number of an aligned section lies across two windows. */
  private static final long WINDOW = 1L << 30;

  private static final long SMALL = 1L << 18;

  private final ByteBuffer[] windows;

  MappedFile(FileChannel channel, long length) throws IOException {
    windows = new ByteBuffer[Math.toIntExact((length + WINDOW - 1) / WINDOW)];
    for (int w = 0; w < windows.length; w++) {
      long from = w * WINDOW;
      windows[w] =
          length <= SMALL
              ? read(channel, (int) length)
              : channel.map(FileChannel.MapMode.READ_ONLY, from, Math.min(WINDOW, length - from));
      windows[w].order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** Bytes that are in memory already. */
  MappedFile(byte[] bytes) {
    windows = new ByteBuffer[Math.toIntExact((bytes.length + WINDOW - 1) / WINDOW)];
    for (int w = 0; w < windows.length; w++) {
      int from = (int) (w * WINDOW);
      int length = (int) Math.min(WINDOW, bytes.length - from);
      windows[w] = ByteBuffer.wrap(bytes).slice(from, length).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /**
   * The first bytes of a file.
   *
   * @throws EOFException if it was cut short meanwhile
   */
  static ByteBuffer read(FileChannel channel, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, buffer.position()) < 0) {
        throw new EOFException("the file was cut short while it was read");
      }
    }
    return buffer;
  }

  /** CRC-32C of all bytes from an offset on. */
  int checksum(int from) {
    CRC32C crc = new CRC32C();
    for (int w = 0; w < windows.length; w++) {
      ByteBuffer window = windows[w];
      window.position(w == 0 ? from : 0);
      crc.update(window);
    }
    return (int) crc.getValue();
  }

  byte[] bytes(long offset, int length) {
    byte[] result = new byte[length];
    int done = 0;
    while (done < length) {
      ByteBuffer window = at(offset + done);
      int count = Math.min(length - done, window.remaining());
      window.get(result, done, count);
      done += count;
    }
    return result;
  }

  int[] ints(long offset, int length) {
    int[] result = new int[length];
    int done = 0;
    while (done < length) {
      ByteBuffer window = at(offset + 4L * done);
      int count = Math.min(length - done, window.remaining() / 4);
      window.asIntBuffer().get(result, done, count);
      done += count;
    }
    return result;
  }

  double[] doubles(long offset, int length) {
    double[] result = new double[length];
    int done = 0;
    while (done < length) {
      ByteBuffer window = at(offset + 8L * done);
      int count = Math.min(length - done, window.remaining() / 8);
      window.asDoubleBuffer().get(result, done, count);
      done += count;
    }
    return result;
  }

  private ByteBuffer at(long offset) {
    ByteBuffer window = windows[(int) (offset / WINDOW)];
    window.position((int) (offset % WINDOW));
    return window;
  }
}
