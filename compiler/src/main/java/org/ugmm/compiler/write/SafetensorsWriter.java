package org.ugmm.compiler.write;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.Network;

/**
 * Writes the state dict of the code published with arXiv:2509.07569: tensors {@code layers.L.mu},
 * {@code layers.L.std} (the logs of the scales) and {@code layers.L.k}, float32. Variables, domains
 * and classes have no place in it.
 */
final class SafetensorsWriter {
  private static final String SAFETENSORS = "safetensors";

  /** What starts a tensor's data in the file is a multiple of this. */
  private static final int ALIGNMENT = 8;

  private SafetensorsWriter() {}

  static void write(Network network, OutputStream stream) throws IOException {
    StringBuilder header = new StringBuilder("{");
    long at = 0;
    String below = Layer.INPUT;
    List<Layer> layers = network.layers();
    for (int l = 0; l < layers.size(); l++) {
      if (!(layers.get(l) instanceof Layer.Ugmm ugmm)
          || ugmm.inputs() != null
          || !ugmm.from().equals(List.of(below))) {
        throw ModelWriter.cannot(
            SAFETENSORS,
            "layer '%s' is not a uGMM layer that reads all of '%s'"
                .formatted(layers.get(l).name(), below),
            "such layers only, each upon the one before");
      }
      below = ugmm.name();
      for (String part : List.of("mu", "std", "k")) {
        int columns = ugmm.scale()[0].length;
        long to = at + 4L * ugmm.numUnits() * columns;
        header.append(
            "%s\"layers.%d.%s\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%d,%d]}"
                .formatted(at == 0 ? "" : ",", l + 1, part, ugmm.numUnits(), columns, at, to));
        at = to;
      }
    }
    header.append('}');
    while (header.length() % ALIGNMENT != 0) {
      header.append(' ');
    }
    byte[] text = header.toString().getBytes(StandardCharsets.US_ASCII);
    stream.write(
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).array());
    stream.write(text);
    for (Layer layer : layers) {
      if (layer instanceof Layer.Ugmm ugmm) {
        int columns = ugmm.scale()[0].length;
        for (double[] row : ugmm.mean()) {
          write(stream, row, columns);
        }
        double[][] logScale = ugmm.logScale();
        for (double[] row : logScale == null ? logs(ugmm.scale()) : logScale) {
          write(stream, row, columns);
        }
        for (double[] row : logits(ugmm)) {
          write(stream, row, columns);
        }
      }
    }
  }

  private static double[][] logs(double[][] values) {
    double[][] logs = new double[values.length][];
    for (int j = 0; j < values.length; j++) {
      logs[j] = Arrays.stream(values[j]).map(Math::log).toArray();
    }
    return logs;
  }

  private static double[][] logits(Layer.Ugmm layer) {
    double[][] logits = layer.logits();
    double[][] weights = layer.weights();
    if (logits != null || weights == null) {
      return logits == null ? new double[0][] : logits;
    }
    for (double[] row : weights) {
      for (double weight : row) {
        if (weight == 0) {
          throw ModelWriter.cannot(
              SAFETENSORS, "a weight is 0, of which there is no logit", "weights above 0");
        }
      }
    }
    return logs(weights);
  }

  /** A row as floats; one number stands for all columns. */
  private static void write(OutputStream stream, double[] row, int columns) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 * columns).order(ByteOrder.LITTLE_ENDIAN);
    for (int k = 0; k < columns; k++) {
      double value = row[row.length == 1 ? 0 : k];
      if (!Float.isFinite((float) value)) {
        throw ModelWriter.cannot(
            SAFETENSORS, "the number %s is beyond float32".formatted(value), "numbers within it");
      }
      bytes.putFloat((float) value);
    }
    stream.write(bytes.array());
  }
}
