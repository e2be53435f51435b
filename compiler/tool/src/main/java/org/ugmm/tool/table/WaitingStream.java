package org.ugmm.tool.table;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that tells when reading from it is about to wait for more input. */
final class WaitingStream extends FilterInputStream {
  private volatile Runnable beforeWaiting = () -> {};

  WaitingStream(InputStream in) {
    super(in);
  }

  /** Sets what is to be done, in the thread that reads, before it waits. */
  void beforeWaiting(Runnable action) {
    beforeWaiting = action;
  }

  @Override
  public int read() throws IOException {
    if (in.available() <= 0) {
      beforeWaiting.run();
    }
    return super.read();
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (in.available() <= 0) {
      beforeWaiting.run();
    }
    return super.read(bytes, offset, length);
  }
}
