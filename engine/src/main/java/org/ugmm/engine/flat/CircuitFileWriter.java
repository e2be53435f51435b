package org.ugmm.engine.flat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.CircuitFile.Layout;

/** Writes {@code .circuit} files; {@link CircuitFile} says how they are laid out. */
public final class CircuitFileWriter {
  private static final int BUFFER_BYTES = 1 << 20;

  private final WritableByteChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final CRC32C crc = new CRC32C();
  private long written;

  private CircuitFileWriter(WritableByteChannel channel) {
    this.channel = channel;
  }

  /**
   * Writes a file beside the target, forces it to the disk, and moves it over the target in one
   * step. A reader sees the old file or the whole new one. A link is followed: the file that it
   * points to is replaced and the link stays, except that a link to nothing is replaced itself. A
   * killed process may leave a file {@code .NAME.NUMBER.tmp} beside the target.
   *
   * @throws IOException if it cannot be written; the old file is whole then
   * @throws CircuitException if a name is not valid Unicode
   */
  public static void write(FlatCircuit circuit, Path file) throws IOException {
    byte[] variables = VariableSection.write(circuit.variables);
    byte[] card =
        circuit.card == null ? new byte[0] : circuit.card.getBytes(StandardCharsets.UTF_8);
    Path target = (Files.exists(file) ? file.toRealPath() : file).toAbsolutePath();
    Path temporary =
        target.resolveSibling(
            ".%s.%x.tmp".formatted(target.getFileName(), ThreadLocalRandom.current().nextLong()));
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer checksum = new CircuitFileWriter(channel).writeAll(circuit, variables, card);
        while (checksum.hasRemaining()) {
          channel.write(checksum, CircuitFile.CHECKSUM_OFFSET + checksum.position());
        }
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (Throwable e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /**
   * The bytes that {@link #write} would put into a file.
   *
   * @throws CircuitException if a name is not valid Unicode
   */
  public static byte[] bytes(FlatCircuit circuit) {
    byte[] card =
        circuit.card == null ? new byte[0] : circuit.card.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer checksum;
    try {
      checksum =
          new CircuitFileWriter(Channels.newChannel(out))
              .writeAll(circuit, VariableSection.write(circuit.variables), card);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array takes all bytes
    }
    byte[] bytes = out.toByteArray();
    checksum.get(bytes, CircuitFile.CHECKSUM_OFFSET, checksum.remaining());
    return bytes;
  }

  /** Writes all but the checksum, which is returned. */
  private ByteBuffer writeAll(FlatCircuit c, byte[] variables, byte[] card) throws IOException {
    Layout layout = layout(c, variables.length, card.length);
    writeHeader(c, layout);
    putBytes(variables);
    padTo(layout.kind());
    putBytes(c.kind);
    padTo(layout.leafVariable());
    for (int v : c.variable) {
      if (v >= 0) {
        putInt(v);
      }
    }
    padTo(layout.numChildren());
    for (int n = 0; n < c.numNodes(); n++) {
      if (isInner(c.kind(n))) {
        boolean hasBins = c.kind(n) == NodeKind.HISTOGRAM;
        putInt(
            hasBins
                ? (c.numParameters(n) - 1) / 2
                : c.kind(n) == NodeKind.GAUSSIAN_BLOCK ? c.block(n).size() : c.numChildren(n));
      }
    }
    padTo(layout.child());
    for (int child : c.child) {
      putInt(child);
    }
    padTo(layout.parameter());
    for (double parameter : c.parameter) {
      room(Double.BYTES).putLong(Double.doubleToRawLongBits(parameter));
    }
    padTo(layout.card());
    putBytes(card);
    padTo(layout.rounding());
    for (double units : c.rounding) {
      room(Double.BYTES).putLong(Double.doubleToRawLongBits(units));
    }
    padTo(layout.fileLength());
    flush();
    ByteBuffer checksum = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    return checksum.putInt((int) crc.getValue()).flip();
  }

  private static Layout layout(FlatCircuit c, int variableBytes, int cardBytes) {
    int numLeaves = 0;
    int numInner = 0;
    for (int n = 0; n < c.numNodes(); n++) {
      numLeaves += c.variable[n] >= 0 ? 1 : 0;
      numInner += isInner(c.kind(n)) ? 1 : 0;
    }
    return new Layout(
        c.numVariables(),
        variableBytes,
        c.numNodes(),
        c.numEdges(),
        c.numParameters(),
        numLeaves,
        numInner,
        cardBytes,
        c.rounding.length);
  }

  private static boolean isInner(NodeKind kind) {
    return kind == NodeKind.WEIGHTED_SUM
        || kind == NodeKind.PRODUCT
        || kind == NodeKind.HISTOGRAM
        || kind == NodeKind.GAUSSIAN_BLOCK;
  }

  private static int version(FlatCircuit c) {
    boolean hasCounts = false;
    for (Variable variable : c.variables) {
      hasCounts |= variable instanceof Real real && real.isCount();
    }
    return CircuitFile.PLAIN_VERSION
        + (c.rounding.length > 0 ? 1 : 0)
        + (c.hasBlocks()
            ? CircuitFile.BLOCKS
            : hasCounts || c.anyUnivariate() >= 0 ? CircuitFile.LEAVES : 0);
  }

  /** The checksum is put in when everything after it is known. */
  private void writeHeader(FlatCircuit c, Layout layout) throws IOException {
    room(CircuitFile.CHECKSUM_FROM).putLong(CircuitFile.MAGIC).putInt(version(c)).putInt(0);
    buffer.flip();
    writeBuffer();
    room(CircuitFile.HEADER_BYTES)
        .putLong(layout.fileLength())
        .putInt(layout.numVariables())
        .putInt(layout.variableBytes())
        .putInt(layout.numNodes())
        .putInt(layout.numEdges())
        .putInt(layout.numParameters())
        .putInt(c.root)
        .putInt(layout.numLeaves())
        .putInt(layout.numInner())
        .putInt(c.classVariable == null ? 0 : 1 + c.indexOf(c.classVariable))
        .putInt(layout.cardBytes());
    padTo(CircuitFile.HEADER_BYTES);
  }

  private void putInt(int value) throws IOException {
    room(Integer.BYTES).putInt(value);
  }

  private void putBytes(byte[] bytes) throws IOException {
    int done = 0;
    while (done < bytes.length) {
      int count = Math.min(bytes.length - done, room(1).remaining());
      buffer.put(bytes, done, count);
      done += count;
    }
  }

  private void padTo(long offset) throws IOException {
    while (written + buffer.position() < offset) {
      room(1).put((byte) 0);
    }
  }

  private ByteBuffer room(int bytes) throws IOException {
    if (buffer.remaining() < bytes) {
      flush();
    }
    return buffer;
  }

  private void flush() throws IOException {
    buffer.flip();
    crc.update(buffer.duplicate());
    writeBuffer();
  }

  private void writeBuffer() throws IOException {
    written += buffer.remaining();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }
}
