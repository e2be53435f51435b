package org.ugmm.tool.table;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Words;

/**
 * A table of two idx files, the format of MNIST: images, of which each byte is a column {@code p0},
 * {@code p1}, ... of numbers 0 to 255, and their labels, the column {@code label}. Either may be
 * compressed by gzip.
 *
 * <p>DATA names both, {@code IMAGES,LABELS}, or the images only: labels are then found beside them
 * by the name that the set uses, {@code labels-idx1} for {@code images-idx3}.
 *
 * @param images the file of images
 * @param labels the file of labels; null for a table without them
 */
record IdxFiles(Path images, @Nullable Path labels) {
  /*
   * Two zero bytes, the type of the numbers, the number of dimensions, each dimension as a
   * big-endian integer, and the numbers, the last dimension innermost.
   */
  static final String LABEL = "label";
  private static final int BYTES = 0x08;
  private static final int MAX_COLUMNS = 1 << 20;
  private static final List<Integer> TYPES = List.of(BYTES, 0x09, 0x0B, 0x0C, 0x0D, 0x0E);

  /** The idx files that DATA names; null where it names something else. */
  static @Nullable IdxFiles of(Path data) {
    if (Files.exists(data)) {
      return isIdx(data) ? new IdxFiles(data, labelsBeside(data)) : null;
    }
    String text = data.toString();
    for (int comma = text.indexOf(','); comma >= 0; comma = text.indexOf(',', comma + 1)) {
      Path images = Path.of(text.substring(0, comma));
      Path labels = Path.of(text.substring(comma + 1));
      if (isIdx(images)) {
        if (!Files.isRegularFile(labels)) {
          throw new InputException(labels + ": no such file; expected the labels of " + images);
        }
        return new IdxFiles(images, labels);
      }
    }
    return null;
  }

  private static boolean isIdx(Path file) {
    if (!Files.isRegularFile(file)) {
      return false; // the first bytes of a pipe can be read only once
    }
    try (InputStream in = uncompressed(Files.newInputStream(file))) {
      byte[] magic = in.readNBytes(4);
      return magic.length == 4
          && magic[0] == 0
          && magic[1] == 0
          && TYPES.contains((int) magic[2])
          && magic[3] > 0;
    } catch (IOException e) {
      return false; // whoever reads it as a table reports it
    }
  }

  private static @Nullable Path labelsBeside(Path images) {
    Path last = images.getFileName();
    String name = last == null ? "" : last.toString();
    String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    String labels = plain.replace("images", "labels").replace("idx3", "idx1");
    for (String ending : labels.equals(plain) ? new String[0] : new String[] {"", ".gz"}) {
      Path beside = images.resolveSibling(labels + ending);
      if (Files.isRegularFile(beside)) {
        return beside;
      }
    }
    return null;
  }

  private static InputStream uncompressed(InputStream raw) throws IOException {
    InputStream in = new BufferedInputStream(raw, 1 << 16);
    in.mark(2);
    byte[] magic = in.readNBytes(2);
    in.reset();
    boolean isGzip = magic.length == 2 && (magic[0] & 0xFF) == 0x1F && (magic[1] & 0xFF) == 0x8B;
    return isGzip ? new BufferedInputStream(new GZIPInputStream(in, 1 << 16), 1 << 16) : in;
  }

  /** The name of the table in messages. */
  String name() {
    return labels == null ? images.toString() : images + "," + labels;
  }

  /** Opens both files and reads what they say of themselves. */
  Reader open(UnaryOperator<InputStream> watch) throws IOException {
    return new Reader(watch);
  }

  /** The labels, or none where there is no file of them. */
  byte[] readLabels() throws IOException {
    Path file = labels;
    if (file == null) {
      return new byte[0];
    }
    try (Part part = new Part(file, in -> in)) {
      part.requireLabels();
      byte[] all = new byte[part.numRows];
      part.read(all, 0);
      return all;
    }
  }

  /** One file, read from its start. */
  private static final class Part implements Closeable {
    final Path file;
    final InputStream in;
    final int numRows;
    final int width;

    Part(Path file, UnaryOperator<InputStream> watch) throws IOException {
      this.file = file;
      in = uncompressed(watch.apply(Files.newInputStream(file)));
      byte[] magic = header(4);
      if (magic[0] != 0 || magic[1] != 0 || !TYPES.contains((int) magic[2]) || magic[3] < 1) {
        throw new InputException(
            "%s: begins with bytes %d %d %d %d; expected an idx file, 0 0 8 and the number of its dimensions"
                .formatted(file, magic[0] & 255, magic[1] & 255, magic[2] & 255, magic[3] & 255));
      }
      if (magic[2] != BYTES) {
        throw new InputException(
            "%s: holds numbers of type 0x%02x; expected unsigned bytes, type 0x08"
                .formatted(file, magic[2]));
      }
      List<Integer> sizes = new ArrayList<>();
      long product = 1;
      for (int d = 0; d < magic[3]; d++) {
        int size = ByteBuffer.wrap(header(4)).getInt();
        product = d == 0 ? 1 : product * size;
        sizes.add(size);
        if (size < 1 || product > MAX_COLUMNS) {
          throw new InputException(
              "%s: dimensions %s; expected each at least 1 and at most %s numbers a row"
                  .formatted(file, sizes, Words.count(MAX_COLUMNS)));
        }
      }
      numRows = sizes.get(0);
      width = (int) product;
    }

    private byte[] header(int length) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new InputException(file + ": ends within its header; it is cut off");
      }
      return bytes;
    }

    void requireLabels() {
      if (width != 1) {
        throw new InputException(
            "%s: holds %d numbers a row; expected labels, one a row".formatted(file, width));
      }
    }

    /** Fills an array with what comes next. */
    void read(byte[] bytes, int row) throws IOException {
      int count;
      try {
        count = in.readNBytes(bytes, 0, bytes.length);
      } catch (EOFException | ZipException e) {
        count = -1;
      }
      if (count < bytes.length) {
        throw new InputException(
            "%s: ends within row %s of %s; it is cut off or damaged"
                .formatted(file, Words.count(row + 1), Words.count(numRows)));
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** The rows, one after the other. Not thread-safe. */
  final class Reader implements Closeable {
    private final Part part;
    private final byte[] labelOf;
    private int row;

    private Reader(UnaryOperator<InputStream> watch) throws IOException {
      part = new Part(images, watch);
      try {
        labelOf = readLabels();
        if (part.width == 1) {
          throw new InputException(
              images + ": holds one number a row, as labels do; expected images");
        }
        if (labels != null && labelOf.length != part.numRows) {
          throw new InputException(
              "%s: %s labels of the %s images in %s; expected one an image"
                  .formatted(
                      labels, Words.count(labelOf.length), Words.count(part.numRows), images));
        }
      } catch (IOException | RuntimeException e) {
        part.close();
        throw e;
      }
    }

    int numRows() {
      return part.numRows;
    }

    /** Numbers of an image. */
    int width() {
      return part.width;
    }

    boolean hasLabels() {
      return labels != null;
    }

    /** The numbers of the next image, to {@code pixels}; false after the last. */
    boolean next(byte[] pixels) throws IOException {
      if (row == part.numRows) {
        return false;
      }
      part.read(pixels, row++);
      return true;
    }

    /** The label of the image that was read last. */
    int label() {
      return labelOf[row - 1] & 255;
    }

    @Override
    public void close() throws IOException {
      part.close();
    }
  }
}
