package org.ugmm.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoldenTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/iris-deep/iris.network.json",
        "models/digits-deep/digits.network.json",
        "models/mnist-deep/model.safetensors",
        "models/iris-circuit/iris.graph.json",
        "models/circuits/cirkit_rat16_cp.graph.json",
        "models/peers/ugmm-784-128-64-10.float.onnx",
        "data/iris.csv"
      })
  void find_goldenFile_isThere(String path) {
    assertTrue(Files.isRegularFile(Golden.find(path)));
  }

  @Test
  void find_unknownFile_saysWhereItLooked() {
    IllegalStateException error =
        assertThrows(IllegalStateException.class, () -> Golden.find("models/none"));
    assertTrue(error.getMessage().startsWith("no testdata/models/none in "), error.getMessage());
  }

  @Test
  void data_digits_scaledIsSixteenthOfRaw() throws IOException {
    List<String> raw = lines("data/digits.csv");
    List<String> scaled = lines("data/digits-scaled.csv");
    assertEquals(1798, raw.size());
    assertEquals(raw.size(), scaled.size());
    assertEquals(raw.get(0), scaled.get(0));
    for (int i = 1; i < raw.size(); i++) {
      String[] pixels = raw.get(i).split(",");
      String[] sixteenths = scaled.get(i).split(",");
      for (int p = 0; p < 64; p++) {
        assertEquals(Double.parseDouble(pixels[p]) / 16, Double.parseDouble(sixteenths[p]));
      }
      assertEquals(pixels[64], sixteenths[64]);
    }
  }

  @Test
  void data_iris_float32RoundsTheTable() throws IOException {
    List<String> raw = lines("data/iris.csv");
    List<String> rounded = lines("data/iris-float32.csv");
    assertEquals(151, raw.size());
    assertEquals(raw.get(0), rounded.get(0));
    for (int i = 1; i < raw.size(); i++) {
      String[] expected = raw.get(i).split(",");
      String[] actual = rounded.get(i).split(",");
      for (int v = 0; v < 4; v++) {
        assertEquals(Float.parseFloat(expected[v]), Double.parseDouble(actual[v]));
      }
      assertEquals(expected[4], actual[4]);
    }
  }

  @Test
  void shared_unknownFile_isEmpty() {
    assertTrue(Shared.find("no/such/file").isEmpty());
  }

  private static List<String> lines(String path) throws IOException {
    Path file = Golden.find(path);
    return Files.readAllLines(file);
  }
}
