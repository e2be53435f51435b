package org.ugmm.compiler.write;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * One message in the wire format of Protocol Buffers: fields with a number, each a varint or a
 * sequence of bytes.
 */
final class Protobuf {
  private static final int VARINT = 0;
  private static final int BYTES = 2;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Adds an integer; a negative one takes ten bytes. */
  Protobuf integer(int field, long value) {
    varint((long) field << 3 | VARINT);
    varint(value);
    return this;
  }

  Protobuf text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  Protobuf bytes(int field, byte[] value) {
    varint((long) field << 3 | BYTES);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  /** Adds a message inside this one. */
  Protobuf message(int field, Protobuf value) {
    return bytes(field, value.out.toByteArray());
  }

  /** Adds the fields of another message. */
  Protobuf append(Protobuf fields) {
    out.writeBytes(fields.out.toByteArray());
    return this;
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  int size() {
    return out.size();
  }

  void writeTo(OutputStream stream) throws IOException {
    out.writeTo(stream);
  }
}
