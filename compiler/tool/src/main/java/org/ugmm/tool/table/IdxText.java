package org.ugmm.tool.table;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The rows of idx files as the text of a CSV file, made while it is read. */
final class IdxText extends InputStream {
  private final IdxFiles.Reader rows;
  private final byte[] pixels;
  private byte[] text;
  private int at;
  private int length;

  IdxText(IdxFiles.Reader rows) {
    this.rows = rows;
    pixels = new byte[rows.width()];
    StringBuilder header = new StringBuilder();
    for (int i = 0; i < pixels.length; i++) {
      header.append(i == 0 ? "p" : ",p").append(i);
    }
    header.append(rows.hasLabels() ? "," + IdxFiles.LABEL : "").append('\n');
    byte[] first = header.toString().getBytes(StandardCharsets.US_ASCII);
    text = new byte[Math.max(first.length, 4 * (pixels.length + 1))];
    System.arraycopy(first, 0, text, 0, first.length);
    length = first.length;
  }

  /** Makes the text of the next row; false after the last. */
  private boolean fill() {
    try {
      if (!rows.next(pixels)) {
        return false;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    at = 0;
    length = 0;
    for (byte pixel : pixels) {
      put(pixel & 255);
    }
    if (rows.hasLabels()) {
      put(rows.label());
    }
    text[length - 1] = '\n';
    return true;
  }

  private void put(int number) {
    if (number >= 100) {
      text[length++] = (byte) ('0' + number / 100);
    }
    if (number >= 10) {
      text[length++] = (byte) ('0' + number / 10 % 10);
    }
    text[length++] = (byte) ('0' + number % 10);
    text[length++] = ',';
  }

  @Override
  public int read() {
    return at == length && !fill() ? -1 : text[at++];
  }

  @Override
  public int read(byte[] to, int from, int count) {
    if (count == 0) {
      return 0;
    }
    if (at == length && !fill()) {
      return -1;
    }
    int some = Math.min(count, length - at);
    System.arraycopy(text, at, to, from, some);
    at += some;
    return some;
  }

  /** A row is always there without waiting, so that a sample spans more than one. */
  @Override
  public int available() {
    return at == length && !fill() ? 0 : length - at;
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
