package org.ugmm.compiler.read.circuit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;

/**
 * An unpacked Cap'n Proto message, read in place: structs, lists, pointers within and between
 * segments. Every position is checked against its segment.
 */
final class CapnProto {
  /*
   * The message starts with the number of segments less one and their lengths in words of eight
   * bytes. A pointer is a word: its lowest two bits tell a struct (0), a list (1) or a pointer in
   * another segment (2); the next thirty the distance in words from behind the pointer.
   */
  private static final int MAX_SEGMENTS = 512;

  private final String source;
  private final ByteBuffer bytes;
  private final int[] start;

  private CapnProto(String source, ByteBuffer bytes, int[] start) {
    this.source = source;
    this.bytes = bytes;
    this.start = start;
  }

  /** The segments of a message; null when the bytes cannot be one. */
  static @Nullable CapnProto of(String source, byte[] message) {
    ByteBuffer bytes = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    if (message.length < 16) {
      return null;
    }
    long segments = Integer.toUnsignedLong(bytes.getInt(0)) + 1;
    if (segments > MAX_SEGMENTS || message.length < 4 * (segments + 1)) {
      return null;
    }
    int[] start = new int[(int) segments + 1];
    long at = (4 * (segments + 1) + 7) / 8;
    for (int s = 0; s < segments; s++) {
      start[s] = (int) at;
      at += Integer.toUnsignedLong(bytes.getInt(4 + 4 * s));
      if (8 * at > message.length) {
        return null;
      }
    }
    start[(int) segments] = (int) at;
    return 8 * at == message.length ? new CapnProto(source, bytes, start) : null;
  }

  /** The struct at the root. */
  Struct root() {
    return struct(0, start[0]);
  }

  /**
   * A struct: {@code dataWords} words of numbers from a word on, then {@code pointers} pointers.
   */
  final class Struct {
    private final int segment;
    private final int word;
    private final int dataWords;
    private final int pointers;

    Struct(int segment, int word, int dataWords, int pointers) {
      this.segment = segment;
      this.word = word;
      this.dataWords = dataWords;
      this.pointers = pointers;
    }

    /** An unsigned number of two bytes; 0 where the struct is shorter. */
    int u16(int offsetBytes) {
      return offsetBytes + 2 <= 8 * dataWords ? bytes.getShort(8 * word + offsetBytes) & 0xFFFF : 0;
    }

    int i32(int offsetBytes) {
      return offsetBytes + 4 <= 8 * dataWords ? bytes.getInt(8 * word + offsetBytes) : 0;
    }

    double f64(int offsetBytes) {
      return offsetBytes + 8 <= 8 * dataWords ? bytes.getDouble(8 * word + offsetBytes) : 0;
    }

    boolean bit(int offsetBytes) {
      return offsetBytes < 8 * dataWords && (bytes.get(8 * word + offsetBytes) & 1) != 0;
    }

    Struct struct(int pointer) {
      requirePointer(pointer);
      return CapnProto.this.struct(segment, word + dataWords + pointer);
    }

    List list(int pointer) {
      requirePointer(pointer);
      return CapnProto.this.list(segment, word + dataWords + pointer);
    }

    private void requirePointer(int pointer) {
      if (pointer >= pointers) {
        throw fail("a struct of %d pointers".formatted(pointers), "one more than " + pointer);
      }
    }
  }

  /** A list of numbers or of structs. */
  final class List {
    private final int segment;
    private final int word;
    private final int sizeTag;
    private final int length;
    private final int dataWords;
    private final int pointers;

    List(int segment, int word, int sizeTag, int length, int dataWords, int pointers) {
      this.segment = segment;
      this.word = word;
      this.sizeTag = sizeTag;
      this.length = length;
      this.dataWords = dataWords;
      this.pointers = pointers;
    }

    int length() {
      return length;
    }

    int[] ints() {
      requireTag(4, "four bytes");
      int[] values = new int[length];
      for (int i = 0; i < length; i++) {
        values[i] = bytes.getInt(8 * word + 4 * i);
      }
      return values;
    }

    double[] doubles() {
      requireTag(5, "eight bytes");
      double[] values = new double[length];
      for (int i = 0; i < length; i++) {
        values[i] = bytes.getDouble(8 * word + 8 * i);
      }
      return values;
    }

    Struct struct(int i) {
      requireTag(7, "structs");
      return new Struct(segment, word + i * (dataWords + pointers), dataWords, pointers);
    }

    private void requireTag(int tag, String what) {
      if (length > 0 && sizeTag != tag) {
        throw fail("a list with elements of another size", "elements of " + what);
      }
    }
  }

  private long word(int segment, int word) {
    require(segment, word, 1);
    return bytes.getLong(8 * word);
  }

  private void require(int segment, long word, long count) {
    if (word < start[segment] || word + count > start[segment + 1]) {
      throw fail("a pointer out of the message", "one into it");
    }
  }

  private Struct struct(int segment, int pointer) {
    long p = word(segment, pointer);
    if (p == 0) {
      return new Struct(segment, pointer, 0, 0);
    }
    if ((p & 3) == 2) {
      int[] landing = landing(p);
      if (landing.length == 2) {
        return struct(landing[0], landing[1]);
      }
      return structAt(landing[0], landing[1], word(landing[2], landing[3]));
    }
    return structAt(segment, target(pointer, p), p);
  }

  private Struct structAt(int segment, long at, long tag) {
    if ((tag & 3) != 0) {
      throw fail("another pointer", "one to a struct");
    }
    int dataWords = (int) (tag >>> 32 & 0xFFFF);
    int pointers = (int) (tag >>> 48);
    require(segment, at, (long) dataWords + pointers);
    return new Struct(segment, (int) at, dataWords, pointers);
  }

  private List list(int segment, int pointer) {
    long p = word(segment, pointer);
    if (p == 0) {
      return new List(segment, pointer, 0, 0, 0, 0);
    }
    if ((p & 3) == 2) {
      int[] landing = landing(p);
      if (landing.length == 2) {
        return list(landing[0], landing[1]);
      }
      return listAt(landing[0], landing[1], word(landing[2], landing[3]));
    }
    return listAt(segment, target(pointer, p), p);
  }

  private List listAt(int segment, long at, long tag) {
    if ((tag & 3) != 1) {
      throw fail("another pointer", "one to a list");
    }
    int size = (int) (tag >>> 32 & 7);
    int count = (int) (tag >>> 35);
    if (size == 7) {
      long head = word(segment, (int) Math.min(at, Integer.MAX_VALUE));
      int length = (int) (head >>> 2 & 0x3FFFFFFF);
      int dataWords = (int) (head >>> 32 & 0xFFFF);
      int pointers = (int) (head >>> 48);
      require(segment, at, 1L + count);
      if ((long) length * (dataWords + pointers) > count || dataWords + pointers == 0) {
        throw fail("a list of structs that is too short", "as many words as its structs need");
      }
      return new List(segment, (int) at + 1, 7, length, dataWords, pointers);
    }
    int bits = size < 2 ? size : size == 6 ? 64 : 8 << (size - 2);
    require(segment, at, ((long) count * bits + 63) / 64);
    return new List(segment, (int) at, size, count, 0, 0);
  }

  private static long target(int pointer, long p) {
    return pointer + 1L + ((int) p >> 2);
  }

  /**
   * Where a pointer into another segment leads: the segment and word of the pointer there; for a
   * double one the segment and word of the content, then those of the word that describes it.
   */
  private int[] landing(long p) {
    int segment = segment(p);
    long at = start[segment] + (p >>> 3 & 0x1FFFFFFF);
    boolean isDouble = (p & 4) != 0;
    require(segment, at, isDouble ? 2 : 1);
    if (!isDouble) {
      if ((word(segment, (int) at) & 3) == 2) {
        throw fail("a pointer to a pointer into another segment", "one to its content");
      }
      return new int[] {segment, (int) at};
    }
    long far = word(segment, (int) at);
    int there = segment(far);
    long content = start[there] + (far >>> 3 & 0x1FFFFFFF);
    require(there, content, 0);
    return new int[] {there, (int) content, segment, (int) at + 1};
  }

  private int segment(long p) {
    long segment = p >>> 32;
    if (segment >= start.length - 1) {
      throw fail("a pointer into segment " + segment, "one of " + (start.length - 1));
    }
    return (int) segment;
  }

  ModelException fail(String found, String expected) {
    return ModelException.at(source, "Cap'n Proto message", found, expected);
  }
}
