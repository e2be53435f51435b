package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images and labels in idx files are a table as the same numbers in a CSV file are. */
final class IdxTest {
  private static final int ROWS = 120;
  private static final int HEIGHT = 3;
  private static final int WIDTH = 2;

  @TempDir private Path folder;
  private Path images;
  private Path labels;
  private Path csv;

  @BeforeEach
  void write() throws IOException {
    Random random = new Random(5);
    ByteArrayOutputStream pixels = new ByteArrayOutputStream();
    ByteArrayOutputStream classes = new ByteArrayOutputStream();
    StringBuilder text = new StringBuilder("p0,p1,p2,p3,p4,p5,label\n");
    for (int r = 0; r < ROWS; r++) {
      int label = 7 + r % 2;
      for (int i = 0; i < HEIGHT * WIDTH; i++) {
        int pixel = i == 5 ? 0 : random.nextInt(60) + (label == 8 ? 190 : 0);
        pixels.write(pixel);
        text.append(pixel).append(',');
      }
      classes.write(label);
      text.append(label).append('\n');
    }
    images = idx("set-images-idx3-ubyte.gz", 8, pixels.toByteArray(), ROWS, HEIGHT, WIDTH);
    labels = idx("set-labels-idx1-ubyte", 8, classes.toByteArray(), ROWS);
    csv = Files.writeString(folder.resolve("set.csv"), text);
  }

  private Path idx(String name, int type, byte[] numbers, int... sizes) throws IOException {
    Path file = folder.resolve(name);
    OutputStream raw = Files.newOutputStream(file);
    try (DataOutputStream out =
        new DataOutputStream(name.endsWith(".gz") ? new GZIPOutputStream(raw) : raw)) {
      out.write(new byte[] {0, 0, (byte) type, (byte) sizes.length});
      for (int size : sizes) {
        out.writeInt(size);
      }
      out.write(numbers);
    }
    return file;
  }

  private Run train(String data, String... more) {
    String[] args = {"train", data, "--epochs", "2", "--structure", "mixture", "--states", "1"};
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return Run.of(all);
  }

  @Test
  void training_idxFiles_learnsWhatTheCsvFileTeaches() {
    String fromIdx = folder.resolve("idx.circuit").toString();
    String fromCsv = folder.resolve("csv.circuit").toString();
    String[] kinds = {"--class", "label", "--kinds", "p*=real"};
    String[] tail = {"--json", "-o"};
    Run idx = train(images + "," + labels, with(kinds, with(tail, fromIdx)));
    Run text = train(csv.toString(), with(kinds, with(tail, fromCsv)));
    assertEquals(0, idx.status(), idx.err());
    assertEquals(0, text.status(), text.err());
    assertEquals(text.json().get("valid"), idx.json().get("valid"));
    assertEquals(text.json().get("columns"), idx.json().get("columns"));
    assertTrue(idx.err().contains("1 columns have one value only"), idx.err());
    assertTrue(!idx.json().get("dataSha256").asText().isEmpty());
    String[] query = {"--query", "class,marginal", "--keep-columns"};
    Run scored = Run.of(with(new String[] {"score", fromIdx, images.toString()}, query));
    assertEquals(0, scored.status(), scored.err());
    assertEquals(
        Run.of(with(new String[] {"score", fromCsv, csv.toString()}, query)).out(), scored.out());
  }

  private static String[] with(String[] args, String... more) {
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  @Test
  void pixels_declaredCategorical_haveALevelAByte() {
    Run run = train(images.toString(), "--kinds", "p*=categorical,p1=id", "--dry-run", "--json");
    assertEquals(0, run.status(), run.err());
    JsonNode columns = run.json().get("columns");
    assertEquals("categorical", columns.get(0).get("kind").asText());
    assertEquals("id", columns.get(1).get("kind").asText());
    assertEquals(2, columns.get(6).get("values").asInt());
    String model = folder.resolve("levels.circuit").toString();
    assertEquals(0, train(images.toString(), "--kinds", "p*=categorical", "-o", model).status());
    Run asked = Run.of("query", model, "--given", "p0=255", "--given", "label=8", "--marginal");
    assertEquals(0, asked.status(), asked.err());
  }

  @Test
  void validation_rowsOfOtherIdxFiles_areComparedOn() {
    String model = folder.resolve("valid.circuit").toString();
    Run run = train(csv.toString(), "--class", "label", "--valid", images.toString(), "-o", model);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("120 rows kept back"), run.out());
  }

  @Test
  void idxFiles_damagedOrUnfit_areRefusedWithTheReason() throws IOException {
    byte[] all = Files.readAllBytes(labels);
    Files.write(labels, Arrays.copyOf(all, all.length - 3));
    assertFails(images.toString(), "labels-idx1-ubyte: ends within row 1 of 120; it is cut off");
    Files.write(labels, Arrays.copyOf(all, 6));
    assertFails(images.toString(), "ends within its header");
    idx("set-labels-idx1-ubyte", 8, new byte[7], 7);
    assertFails(images.toString(), "7 labels of the 120 images");
    assertFails(labels.toString(), "holds one number a row, as labels do; expected images");
    assertFails(
        idx("floats-idx3", 0x0D, new byte[24], 1, 3, 2).toString(), "type 0x0d; expected unsigned");
    assertFails(idx("empty-idx3", 8, new byte[0], 0, 3, 2).toString(), "dimensions [0]");
    assertFails(idx("big-idx3", 8, new byte[0], 1, 1 << 30, 1 << 30).toString(), "dimensions [1, ");
    assertFails(images + ",nowhere", "nowhere: no such file; expected the labels of");
    assertFails(idx("images-alone-idx3", 8, new byte[12], 2, 3, 2).toString(), "no column 'label'");
    assertFails(
        idx("cut-idx3", 8, new byte[9], 2, 3, 2) + "," + idx("two-idx1", 8, new byte[2], 2),
        "cut-idx3: ends within row 2 of 2");
  }

  private void assertFails(String data, String message) {
    Run run = train(data, "--class", "label", "-o", folder.resolve("never.circuit").toString());
    assertEquals(3, run.status(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }
}
