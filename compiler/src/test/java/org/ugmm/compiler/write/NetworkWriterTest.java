package org.ugmm.compiler.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.Domain;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Network;
import org.ugmm.testdata.Golden;

/** Layered networks written and read back. */
class NetworkWriterTest {
  private static final String DIGITS = "models/digits-deep/model.safetensors";
  private static final int ROWS = 100;

  @TempDir private Path folder;

  private static Network network(Path file) throws IOException {
    Network network = ModelCompiler.network(file, CompileOptions.defaults());
    if (network == null) {
      throw new AssertionError(file + " holds no network");
    }
    return network;
  }

  private static byte[] bytes(Network network, NetworkWriter writer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.write(network, out);
    return out.toByteArray();
  }

  private Path written(Network network, NetworkWriter writer) throws IOException {
    return Files.write(folder.resolve("written" + writer.ending()), bytes(network, writer));
  }

  /** The tensors of a file as the author's code would read them. */
  private static ByteBuffer[] tensors(byte[] file, int numLayers) throws IOException {
    ByteBuffer all = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) all.getLong(0);
    JsonNode header =
        new ObjectMapper().readTree(new String(file, 8, length, StandardCharsets.UTF_8));
    ByteBuffer[] tensors = new ByteBuffer[3 * numLayers];
    for (int i = 0; i < tensors.length; i++) {
      String name = "layers." + (i / 3 + 1) + "." + List.of("mu", "std", "k").get(i % 3);
      JsonNode tensor = header.get(name);
      assertEquals("F32", tensor.get("dtype").asText());
      int from = tensor.get("data_offsets").get(0).asInt();
      int to = tensor.get("data_offsets").get(1).asInt();
      assertEquals(
          to - from, 4 * tensor.get("shape").get(0).asInt() * tensor.get("shape").get(1).asInt());
      tensors[i] = all.slice(8 + length + from, to - from).order(ByteOrder.LITTLE_ENDIAN);
    }
    return tensors;
  }

  /** The forward pass of the paper on tensors, without the engine. */
  private static double[] roots(ByteBuffer[] tensors, double[] row) {
    double[] x = row;
    for (int l = 0; l < tensors.length / 3; l++) {
      int n = x.length;
      double[] y = new double[tensors[3 * l].capacity() / 4 / n];
      for (int j = 0; j < y.length; j++) {
        double[] log = new double[n];
        double[] logit = new double[n];
        for (int k = 0; k < n; k++) {
          int at = 4 * (j * n + k);
          double logScale = tensors[3 * l + 1].getFloat(at);
          double u = (x[k] - tensors[3 * l].getFloat(at)) / Math.exp(logScale);
          logit[k] = tensors[3 * l + 2].getFloat(at);
          log[k] = logit[k] - logScale - 0.5 * Math.log(2 * Math.PI) - u * u / 2;
        }
        y[j] = logSum(log) - logSum(logit);
      }
      x = y;
    }
    return x;
  }

  private static double logSum(double[] logs) {
    double max = Double.NEGATIVE_INFINITY;
    for (double log : logs) {
      max = Math.max(max, log);
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - max);
    }
    return max + Math.log(sum);
  }

  @Test
  void safetensors_readAndWritten_haveTheSameTensorsBitForBit() throws IOException {
    Path file = Golden.find(DIGITS);
    byte[] out = bytes(network(file), NetworkWriter.SAFETENSORS);
    ByteBuffer[] before = tensors(Files.readAllBytes(file), 3);
    ByteBuffer[] after = tensors(out, 3);
    for (int i = 0; i < before.length; i++) {
      assertEquals(before[i], after[i]);
    }
    assertEquals(0, (ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN).getLong(0)) % 8);
    byte[] throughJson =
        bytes(network(written(network(file), NetworkWriter.JSON)), NetworkWriter.SAFETENSORS);
    assertArrayEquals(out, throughJson);
  }

  @Test
  void safetensors_writtenOfANetwork_giveTheAuthorsRootsOf100Rows() throws IOException {
    Network network = network(Golden.find("models/digits-deep/digits.network.json"));
    ByteBuffer[] tensors = tensors(bytes(network, NetworkWriter.SAFETENSORS), 3);
    JsonNode golden =
        new ObjectMapper().readTree(Golden.find("models/digits-deep/golden.json").toFile());
    List<String> lines = Files.readAllLines(Golden.find("data/digits-scaled.csv"));
    JsonNode roots = golden.get("logits_f64_exact_const");
    int first = lines.get(0).matches("[\\d.,\\-eE]+") ? 0 : 1;
    for (int r = 0; r < ROWS; r++) {
      String[] cells = lines.get(first + r).split(",");
      double[] row = new double[64];
      for (int k = 0; k < row.length; k++) {
        row[k] = Double.parseDouble(cells[k]);
      }
      double[] found = roots(tensors, row);
      for (int c = 0; c < found.length; c++) {
        double expected = roots.get(r).get(c).asDouble();
        assertEquals(expected, found[c], 1e-5 * Math.max(1, Math.abs(expected)), "row " + r);
      }
    }
  }

  @Test
  void json_readBack_isTheSameNetworkWithItsDomains() throws IOException {
    Path file = Golden.find("models/iris-deep/iris.network.json");
    CompileOptions options =
        CompileOptions.defaults().withDomains(List.of(new Domain("*length", -1, 9)));
    Network network = ModelCompiler.network(file, options);
    if (network == null) {
      throw new AssertionError(file + " holds no network");
    }
    byte[] once = bytes(network, NetworkWriter.JSON);
    Network back = network(written(network, NetworkWriter.JSON));
    assertArrayEquals(once, bytes(back, NetworkWriter.JSON));
    assertEquals(network.variables(), back.variables());
    assertTrue(new String(once, StandardCharsets.UTF_8).contains("\"domain\":[-1.0,9.0]"));
  }

  @Test
  void otherLayers_areWrittenAsJsonAndRefusedAsSafetensors() throws IOException {
    String mixed =
        """
        {"format": "ugmm-network/1",
         "variables": [{"name": "x", "kind": "real"}, {"name": "c", "kind": "categorical", "states": ["a", "b"]}],
         "layers": [
          {"name": "u", "type": "ugmm", "units": 2, "from": ["input"], "inputs": [[0, 0], [0, 0]], "mean": [[1], [2]],
           "scale": [[1, 2], [1, 3]], "weights": [[0.5, 0.5], [0, 1]]},
          {"name": "k", "type": "categorical", "variable": "c", "probabilities": [[0.5, 0.5], [0.1, 0.9]]},
          {"name": "p", "type": "product", "from": ["u", "k"], "children": [[0, 2], [1, 3]]},
          {"name": "m", "type": "mixture", "weights": [[0.25, 0.75]]}]}
        """;
    Network network = network(Files.writeString(folder.resolve("mixed.json"), mixed));
    Network back = network(written(network, NetworkWriter.JSON));
    assertArrayEquals(bytes(network, NetworkWriter.JSON), bytes(back, NetworkWriter.JSON));
    assertEquals(4, back.layers().size());
    assertNull(((Layer.Ugmm) back.layers().get(0)).logScale());
    ModelException e =
        assertThrows(ModelException.class, () -> bytes(network, NetworkWriter.SAFETENSORS));
    assertTrue(String.valueOf(e.getMessage()).contains("layer 'u' is not a uGMM layer that reads"));
  }

  @Test
  void numbersBeyondFloats_areRefusedAsSafetensors() throws IOException {
    String large =
        """
        {"format": "ugmm-network/1", "variables": [{"name": "x", "kind": "real"}],
         "layers": [{"name": "u", "type": "ugmm", "from": ["input"], "mean": [[1e300]],
           "scale": [[1]], "weights": [[1]]}]}
        """;
    Network network = network(Files.writeString(folder.resolve("large.json"), large));
    ModelException e =
        assertThrows(ModelException.class, () -> bytes(network, NetworkWriter.SAFETENSORS));
    assertTrue(String.valueOf(e.getMessage()).contains("1.0E300 is beyond float32"));
  }
}
