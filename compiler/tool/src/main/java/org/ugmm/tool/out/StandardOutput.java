package org.ugmm.tool.out;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Standard output that does not keep quiet about a failed write. A {@link PrintStream} swallows
 * every {@code IOException}; below it this stream throws {@link OutputException} instead.
 */
public final class StandardOutput extends OutputStream {
  /** The width of what is no terminal. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  private final OutputStream out;

  /** After the first failure, which is thrown, there is nowhere to write to. */
  private boolean hasFailed;

  private StandardOutput(OutputStream out) {
    this.out = out;
  }

  /** A buffered stream of UTF-8 text; it flushes only when told to. */
  public static PrintStream over(OutputStream out) {
    return over(out, UNLIMITED);
  }

  /** The same, of a terminal with so many columns, which a {@link TextTable} keeps to. */
  public static PrintStream over(OutputStream out, int columns) {
    return new Screen(new BufferedOutputStream(new StandardOutput(out), 1 << 16), columns);
  }

  /** How many characters of a line a reader sees. */
  static int columns(PrintStream out) {
    return out instanceof Screen screen ? screen.columns : UNLIMITED;
  }

  private static final class Screen extends PrintStream {
    private final int columns;

    Screen(OutputStream out, int columns) {
      super(out, false, StandardCharsets.UTF_8);
      this.columns = columns;
    }
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    if (hasFailed) {
      return;
    }
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      hasFailed = true;
      throw new OutputException(e);
    }
  }

  @Override
  public void flush() {
    if (hasFailed) {
      return;
    }
    try {
      out.flush();
    } catch (IOException e) {
      hasFailed = true;
      throw new OutputException(e);
    }
  }
}
