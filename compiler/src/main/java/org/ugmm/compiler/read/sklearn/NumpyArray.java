package org.ugmm.compiler.read.sklearn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ugmm.compiler.model.ModelException;

/**
 * An array as numpy saves it ({@code .npy}), of numbers or of texts.
 *
 * @param shape its lengths
 * @param numbers [product of the shape] the last index fastest; empty for texts
 * @param texts the same of texts, or numbers as texts
 */
record NumpyArray(int[] shape, double[] numbers, List<String> texts) {
  /*
   * Ten bytes of magic, version and header length (twelve from version 2 on), then a Python
   * dictionary as text, then the data.
   */
  private static final Pattern DESCR = Pattern.compile("'descr':\\s*'([<>|=])([fiubU])(\\d+)'");
  private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([0-9, ]*)\\)");
  private static final int MAX_SIZE = 1 << 26;

  static NumpyArray of(String source, String name, byte[] bytes) {
    if (bytes.length < 12 || bytes[0] != (byte) 0x93 || bytes[1] != 'N' || bytes[2] != 'U') {
      throw ModelException.at(source, name, "other bytes", "an array of numpy (.npy)");
    }
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int start = bytes[6] == 1 ? 10 : 12;
    long length =
        bytes[6] == 1 ? data.getShort(8) & 0xFFFF : Integer.toUnsignedLong(data.getInt(8));
    if (start + length > bytes.length) {
      throw ModelException.at(source, name, "a header of " + length + " bytes", "a shorter one");
    }
    String header = new String(bytes, start, (int) length, StandardCharsets.ISO_8859_1);
    Matcher descr = DESCR.matcher(header);
    Matcher shape = SHAPE.matcher(header);
    if (!descr.find() || !shape.find() || header.contains("'fortran_order': True")) {
      throw ModelException.at(
          source,
          name,
          "the header " + ModelException.shorten(header.strip()),
          "numbers or texts in C order");
    }
    int[] lengths = lengths(shape.group(1));
    long size = 1;
    for (int l : lengths) {
      size = Math.min(MAX_SIZE + 1L, size * l);
    }
    char type = descr.group(2).charAt(0);
    long itemBytes = Long.parseLong(descr.group(3)) * (type == 'U' ? 4 : 1);
    int from = start + (int) length;
    if (size > MAX_SIZE || itemBytes > MAX_SIZE || from + size * itemBytes != bytes.length) {
      throw ModelException.at(
          source,
          name,
          bytes.length + " bytes",
          "as many as the shape (%s) asks for".formatted(shape.group(1)));
    }
    data.order(descr.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    double[] numbers = new double[type == 'U' ? 0 : (int) size];
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int at = from + i * (int) itemBytes;
      if (type == 'U') {
        texts.add(text(data, at, (int) itemBytes));
      } else {
        numbers[i] = number(source, name, data, at, type, (int) itemBytes);
        texts.add(plain(numbers[i]));
      }
    }
    return new NumpyArray(lengths, numbers, texts);
  }

  private static int[] lengths(String inside) {
    List<Integer> lengths = new ArrayList<>();
    for (String word : inside.split(",")) {
      if (!word.isBlank()) {
        lengths.add((int) Math.min(MAX_SIZE + 1L, Long.parseLong(shortened(word.strip()))));
      }
    }
    return lengths.stream().mapToInt(Integer::intValue).toArray();
  }

  private static String shortened(String digits) {
    return digits.length() > 12 ? "999999999999" : digits;
  }

  private static double number(
      String source, String name, ByteBuffer data, int at, char type, int bytes) {
    return switch ("" + type + bytes) {
      case "f8" -> data.getDouble(at);
      case "f4" -> data.getFloat(at);
      case "i8" -> data.getLong(at);
      case "i4" -> data.getInt(at);
      case "i2" -> data.getShort(at);
      case "i1" -> data.get(at);
      case "u8" -> data.getLong(at);
      case "u4" -> Integer.toUnsignedLong(data.getInt(at));
      case "u1", "b1" -> data.get(at) & 0xFF;
      default -> throw ModelException.at(source, name, "type " + type + bytes, "float64 or int64");
    };
  }

  private static String text(ByteBuffer data, int at, int bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes; i += 4) {
      int point = data.getInt(at + i);
      if (point != 0) {
        text.appendCodePoint(Character.isValidCodePoint(point) ? point : '?');
      }
    }
    return text.toString();
  }

  private static String plain(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }
}
