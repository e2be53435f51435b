package org.ugmm.engine.flat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Flat;
import org.ugmm.engine.FlatCircuits;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.Variable;

class CircuitFileTest {
  @TempDir private Path folder;

  @Test
  void load_savedCircuit_hasTheSameBits() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      Circuit circuit = FlatCircuits.anyKinds(seed, 1 + seed % 60);
      Path file = folder.resolve("a.circuit");
      circuit.save(file);
      assertSameBits(Flat.of(circuit), Flat.of(Circuit.load(file)), "seed " + seed);
      assertEquals(0, Files.size(file) % 64, "seed " + seed);
    }
  }

  @Test
  void bytes_areThoseOfTheFile_andAreRead() throws IOException {
    for (int seed = 0; seed < 30; seed++) {
      Circuit circuit = FlatCircuits.anyKinds(seed, 1 + seed).withCard("{}");
      Path file = folder.resolve("a.circuit");
      circuit.save(file);
      byte[] bytes = circuit.toBytes();
      assertArrayEquals(Files.readAllBytes(file), bytes, "seed " + seed);
      Circuit read = Circuit.ofBytes("a", bytes);
      assertSameBits(Flat.of(circuit), Flat.of(read), "seed " + seed);
      bytes[bytes.length - 1] ^= 1;
      CircuitException damaged =
          assertThrows(CircuitException.class, () -> Circuit.ofBytes("the bytes", bytes));
      assertTrue(damaged.getMessage().startsWith("the bytes: CRC-32C"), damaged.getMessage());
    }
    CircuitException none =
        assertThrows(CircuitException.class, () -> Circuit.ofBytes("none", new byte[0]));
    assertTrue(none.getMessage().startsWith("none: 0 bytes; expected"), none.getMessage());
  }

  private static void assertSameBits(FlatCircuit a, FlatCircuit b, String message) {
    assertEquals(a.variables, b.variables, message);
    assertArrayEquals(a.kind, b.kind, message);
    assertArrayEquals(a.edgeStart, b.edgeStart, message);
    assertArrayEquals(a.child, b.child, message);
    assertArrayEquals(a.parameterStart, b.parameterStart, message);
    assertArrayEquals(a.variable, b.variable, message);
    assertEquals(a.root, b.root, message);
    assertEquals(a.parameter.length, b.parameter.length, message);
    for (int p = 0; p < a.parameter.length; p++) {
      assertEquals(
          Double.doubleToRawLongBits(a.parameter[p]),
          Double.doubleToRawLongBits(b.parameter[p]),
          message);
    }
  }

  @Test
  void save_denseCircuit_takesAtMost24BytesAnEdge() throws IOException {
    Circuit circuit = FlatCircuits.dense(80, 64);
    Path file = folder.resolve("dense.circuit");
    circuit.save(file);
    assertSameBits(Flat.of(circuit), Flat.of(Circuit.load(file)), "dense");
    double perEdge = (double) Files.size(file) / circuit.numEdges();
    assertTrue(perEdge <= 24, "bytes per edge " + perEdge);
  }

  @Test
  void save_existingFile_replacesItAndLeavesNothingElse() throws IOException {
    Path file = folder.resolve("a.circuit");
    FlatCircuits.anyKinds(1, 20).save(file);
    Circuit second = FlatCircuits.anyKinds(2, 30);
    second.save(file);
    assertSameBits(Flat.of(second), Flat.of(Circuit.load(file)), "second");
    assertEquals(List.of(file), list());
  }

  @Test
  void save_targetIsADirectory_failsAndLeavesNothingElse() throws IOException {
    Path directory = Files.createDirectory(folder.resolve("a.circuit"));
    Files.createFile(directory.resolve("inside"));
    assertThrows(IOException.class, () -> FlatCircuits.anyKinds(1, 20).save(directory));
    assertEquals(List.of(directory), list());
  }

  @Test
  void save_link_replacesTheFileItPointsTo() throws IOException {
    Path file = folder.resolve("a.circuit");
    FlatCircuits.anyKinds(1, 20).save(file);
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("a.circuit"));
    Circuit second = FlatCircuits.anyKinds(2, 30);
    second.save(link);
    assertTrue(Files.isSymbolicLink(link));
    assertSameBits(Flat.of(second), Flat.of(Circuit.load(file)), "through the link");
  }

  @Test
  void save_nameWithHalfASurrogate_namesTheVariable() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("a\uD800")));
    Circuit circuit = builder.build(builder.gaussian(0, 0, 1));
    CircuitException e =
        assertThrows(CircuitException.class, () -> circuit.save(folder.resolve("a.circuit")));
    assertTrue(e.getMessage().contains("half of a surrogate pair; rename it"), e.getMessage());
  }

  @Test
  void load_missingFile_throwsIoException() {
    assertThrows(NoSuchFileException.class, () -> Circuit.load(folder.resolve("none.circuit")));
  }

  @Test
  void load_directory_saysSo() {
    assertEquals(
        folder + ": expected a regular file, found a directory or a device", messageOf(folder));
  }

  @Test
  void load_otherFormat_saysCompileFirst() throws IOException {
    Path file = folder.resolve("model.json");
    Files.writeString(file, "{ \"format\": \"ugmm-graph/1\"}".repeat(9));
    assertEquals(
        file
            + ": begins with the bytes 0x616d726f6622207b; expected a .circuit file of this"
            + " library, 0x0a1a0a0d4d4d4789: compile the model with it, or convert a circuit of"
            + " another program",
        messageOf(file));
  }

  @Test
  void load_shortFile_saysHowShort() throws IOException {
    Path file = folder.resolve("short.circuit");
    Files.write(file, new byte[10]);
    assertEquals(
        file
            + ": 10 bytes; expected a .circuit file of this library, at least 64: compile the"
            + " model with it, or convert a circuit of another program",
        messageOf(file));
  }

  @Test
  void load_truncatedFile_namesTheLength() throws IOException {
    Path file = folder.resolve("a.circuit");
    FlatCircuits.anyKinds(1, 20).save(file);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 64));
    assertEquals(
        file
            + ": length of the file (byte 16): expected %d bytes, found %d bytes; the file is"
                .formatted(bytes.length, bytes.length - 64)
            + " damaged: compile the model again",
        messageOf(file));
  }

  @Test
  void load_flippedBit_namesTheChecksum() throws IOException {
    Path file = saved();
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 20] ^= 4;
    Files.write(file, bytes);
    String message = messageOf(file);
    assertTrue(message.startsWith(file + ": CRC-32C of the file (byte 12): expected 0x"), message);
    assertTrue(message.endsWith("the file is damaged: compile the model again"), message);
  }

  @Test
  void load_gaussianBlocks_haveTheSameBits() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      Circuit circuit = FlatCircuits.blocks(seed);
      Path file = folder.resolve("blocks" + seed + ".circuit");
      circuit.save(file);
      assertSameBits(Flat.of(circuit), CircuitFile.read(file), "seed " + seed);
      int version = Files.readAllBytes(file)[CircuitFile.VERSION_OFFSET];
      assertEquals(Flat.of(circuit).hasBlocks() ? 7 : 3, version);
    }
  }

  @Test
  void load_gaussianBlockThatIsNone_isRefused() throws IOException {
    Path file = folder.resolve("wrong.circuit");
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x"), Variable.real("y")));
    double[][] covariance = {{2, 1}, {1, 3}};
    int block = builder.gaussianBlock(new int[] {0, 1}, new double[2], covariance);
    builder.build(block).save(file);
    byte[] whole = Files.readAllBytes(file);
    double[] wrong = {Double.NaN, 1e300, -1, 0, 0.5, Double.POSITIVE_INFINITY};
    for (double value : wrong) {
      byte[] bytes = whole.clone();
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      for (int at = 0; at + 8 <= bytes.length; at += 8) {
        if (at >= 64 && buffer.getDouble(at) == 2) {
          buffer.putDouble(at, value); // the first variance
        }
      }
      repairChecksum(bytes);
      Files.write(file, bytes);
      boolean isGood = value == 1e300 || value == 0.5;
      if (isGood) {
        assertEquals(2, Circuit.load(file).numVariables());
      } else {
        assertThrows(CircuitException.class, () -> Circuit.load(file), "" + value);
      }
    }
  }

  @Test
  void load_newerVersion_namesBoth() throws IOException {
    Path file = saved();
    patch(file, CircuitFile.VERSION_OFFSET, 9);
    assertEquals(
        file + ": version 9 at byte 8; this library reads versions 1 .. 8: compile the model again",
        messageOf(file));
  }

  @Test
  void save_codesAndClass_areLoaded() throws IOException {
    Path file = classified();
    Circuit loaded = Circuit.load(file);
    assertEquals("c", loaded.classVariable());
    Variable.Categorical c = (Variable.Categorical) loaded.variables().get(1);
    assertEquals(List.of(1.0, 2.5), c.codes());
    assertEquals(2.5, c.code(1));
    assertEquals(1, ((Variable.Categorical) loaded.variables().get(2)).code(1));
  }

  @Test
  void save_card_isLoadedWithEverythingElse() throws IOException {
    Path file = folder.resolve("card.circuit");
    String card = "{\"seed\": 1, \"größe\": \"\u2264 3\"}";
    Circuit plain = Circuit.load(classified());
    plain.withCard(card).save(file);
    Circuit loaded = Circuit.load(file);
    assertEquals(card, loaded.card());
    assertEquals("c", loaded.classVariable());
    assertEquals(plain.variables(), loaded.variables());
    assertNull(plain.card());
    loaded.withCard(null).save(file);
    assertNull(Circuit.load(file).card());
    assertArrayEquals(Files.readAllBytes(classified()), Files.readAllBytes(file));
  }

  @Test
  void load_damagedCard_isRefused() throws IOException {
    Path file = folder.resolve("card.circuit");
    Circuit circuit = Circuit.load(classified()).withCard("{\"seed\": 1}");
    circuit.save(file);
    patch(file, CircuitFile.VERSION_OFFSET, 2);
    assertEquals(
        file
            + ": bytes of the card (byte 60): expected 0 in version 2, found 11; the file is"
            + " damaged: compile the model again",
        messageOf(file));
    circuit.save(file);
    for (int length : new int[] {-1, 1 << 30, 65}) {
      patch(file, CircuitFile.CARD_BYTES_OFFSET, length);
      assertTrue(messageOf(file).contains("the file is damaged"), messageOf(file));
      circuit.save(file);
    }
    int cardAt = (int) Files.size(file) - 64;
    patch(file, cardAt, 0xFFFFFFFF);
    assertEquals(
        file
            + ": card (byte "
            + cardAt
            + "): expected UTF-8; the file is damaged: compile the model again",
        messageOf(file));
  }

  private Path classified() throws IOException {
    Path file = folder.resolve("class.circuit");
    CircuitBuilder builder =
        Circuit.builder(
            List.of(
                Variable.real("x"),
                new Variable.Categorical("c", List.of("a", "b"), List.of(1.0, 2.5)),
                new Variable.Categorical("d", List.of("a", "b"), List.of(0.0, 1.0))));
    builder.build(builder.gaussian(0, 0, 1)).withClassVariable("c").save(file);
    return file;
  }

  @Test
  void load_version1_hasNoClass() throws IOException {
    Path file = folder.resolve("old.circuit");
    FlatCircuits.anyKinds(2, 20).save(file);
    patch(file, CircuitFile.VERSION_OFFSET, 1);
    assertNull(Circuit.load(file).classVariable());
    Path newer = classified();
    patch(newer, CircuitFile.VERSION_OFFSET, 1);
    assertEquals(
        newer
            + ": class variable (byte 56): expected 0 .. 0, found 2; the file is damaged: compile"
            + " the model again",
        messageOf(newer));
  }

  @Test
  void load_classThatIsNoVariable_isRefused() throws IOException {
    Path file = classified();
    patch(file, CircuitFile.CLASS_OFFSET, 4);
    assertEquals(
        file
            + ": class variable (byte 56): expected 0 .. 3, found 4; the file is damaged: compile"
            + " the model again",
        messageOf(file));
    patch(file, CircuitFile.CLASS_OFFSET, 1);
    assertEquals(
        file
            + ": variable 'x' is real; expected a categorical variable as the class; the file is"
            + " damaged: compile the model again",
        messageOf(file));
  }

  @Test
  void load_countBeyondTheFile_isRefusedBeforeAllocation() throws IOException {
    Path file = saved();
    long length = Files.size(file);
    patch(file, CircuitFile.NUM_PARAMETERS_OFFSET, 2_000_000_000);
    String message = messageOf(file);
    assertTrue(
        message.startsWith(file + ": the counts (byte 24): expected a file of 160000"), message);
    assertTrue(message.contains("found " + length + " bytes"), message);
  }

  @Test
  void load_rootOutOfRange_namesTheRoot() throws IOException {
    Path file = saved();
    patch(file, CircuitFile.ROOT_OFFSET, 20);
    assertEquals(
        file
            + ": root 20; expected a node in 0 .. 19; the file is damaged: compile the model again",
        messageOf(file));
  }

  private Path saved() throws IOException {
    Path file = folder.resolve("a.circuit");
    FlatCircuits.anyKinds(1, 20).save(file);
    return file;
  }

  private static void patch(Path file, int offset, int value) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
    repairChecksum(bytes);
    Files.write(file, bytes);
  }

  /** Puts the right checksum into a file that was changed. */
  static void repairChecksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, CircuitFile.CHECKSUM_FROM, bytes.length - CircuitFile.CHECKSUM_FROM);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(CircuitFile.CHECKSUM_OFFSET, (int) crc.getValue());
  }

  private static String messageOf(Path file) {
    return assertThrows(CircuitException.class, () -> Circuit.load(file)).getMessage();
  }

  private List<Path> list() throws IOException {
    try (var paths = Files.list(folder)) {
      return paths.toList();
    }
  }
}
