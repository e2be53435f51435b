package org.ugmm.compiler.read.json;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.Classes;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Network;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.data.Variable;

/** Reads the safetensors state dict of the code published with arXiv:2509.07569. */
public final class SafetensorsReader {
  /*
   * A 64-bit little-endian length, a JSON header of that length, then the data:
   *
   *   +----------+------------------------------------------------------------+---------------+
   *   | length   | {"layers.1.mu": {"dtype", "shape", "data_offsets"}, ...}   | float32 data  |
   *   +----------+------------------------------------------------------------+---------------+
   *   0          8                                                            8 + length
   */
  private static final Pattern NAME = Pattern.compile("layers\\.(\\d{1,6})\\.(mu|std|k)");
  private static final List<String> PARTS = List.of("mu", "std", "k");
  private static final List<String> FIELDS = List.of("dtype", "shape", "data_offsets");

  private final String source;
  private final ByteBuffer data;

  /** One tensor: its place in the data and its shape [rows][columns]. */
  private record Tensor(String name, int rows, int columns, long from, long to) {}

  private SafetensorsReader(String source, ByteBuffer data) {
    this.source = source;
    this.data = data;
  }

  public static Network read(Source source, @Nullable Source variables, List<String> columns)
      throws IOException {
    byte[] bytes = source.readAll();
    String name = source.name();
    if (bytes.length < 8) {
      throw ModelException.at(
          name,
          "byte 0",
          "a file of " + bytes.length + " bytes",
          "at least 8, the header's length");
    }
    ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long headerLength = all.getLong(0);
    if (headerLength < 2 || headerLength > bytes.length - 8) {
      throw ModelException.at(
          name,
          "byte 0",
          "a header of " + Long.toUnsignedString(headerLength) + " bytes",
          "2 .. %d, what is left of the file".formatted(bytes.length - 8));
    }
    int dataStart = 8 + (int) headerLength;
    ByteBuffer data = all.slice(dataStart, bytes.length - dataStart).order(ByteOrder.LITTLE_ENDIAN);
    SafetensorsReader reader = new SafetensorsReader(name, data);
    List<Tensor> tensors;
    try (JsonCursor in = JsonCursor.open(name, bytes, 8, (int) headerLength)) {
      tensors = reader.header(in);
    }
    reader.requireCovered(tensors);
    return reader.network(tensors, variables, columns);
  }

  private List<Tensor> header(JsonCursor in) throws IOException {
    in.next();
    in.expectObject("the header");
    List<Tensor> tensors = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (String name; (name = in.nextFreeField()) != null; ) {
      if (!names.add(name)) {
        throw in.fail("tensor '" + JsonCursor.shorten(name, 60) + "' stands twice", "it once");
      }
      if (name.equals("__metadata__")) {
        in.skip();
      } else {
        tensors.add(tensor(in, name));
      }
    }
    in.expectEnd();
    if (tensors.isEmpty()) {
      throw ModelException.at(source, "header", "no tensor", "layers.1.mu, .std and .k");
    }
    return tensors;
  }

  private Tensor tensor(JsonCursor in, String name) throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw in.fail(
          "tensor '" + JsonCursor.shorten(name, 60) + "'",
          "layers.L.mu, layers.L.std and layers.L.k only, L = 1, 2, ...");
    }
    in.expectObject("a tensor");
    JsonCursor.Seen seen = new JsonCursor.Seen();
    double[] shape = {};
    double[] offsets = {};
    for (int field; (field = in.nextField(FIELDS, seen)) >= 0; ) {
      switch (field) {
        case 0 -> {
          String type = in.string("the type");
          if (!type.equals("F32")) {
            throw in.fail("dtype '" + JsonCursor.shorten(type, 20) + "'", "'F32'");
          }
        }
        case 1 -> shape = in.numbers("the shape");
        case 2 -> offsets = in.numbers("the offsets");
        default -> throw new AssertionError(field);
      }
    }
    for (int field = 0; field < FIELDS.size(); field++) {
      seen.require(field, in, FIELDS);
    }
    if (shape.length != 2 || !isCount(shape[0]) || !isCount(shape[1])) {
      throw in.fail("shape " + shown(shape), "[units, inputs], two positive integers");
    }
    if (offsets.length != 2
        || !isWhole(offsets[0])
        || !isWhole(offsets[1])
        || offsets[1] > data.capacity()
        || offsets[1] - offsets[0] != 4 * shape[0] * shape[1]) {
      throw in.fail(
          "offsets %s for shape %s in %d bytes of data"
              .formatted(shown(offsets), shown(shape), data.capacity()),
          "[from, to] within the data, 4 bytes a number");
    }
    return new Tensor(name, (int) shape[0], (int) shape[1], (long) offsets[0], (long) offsets[1]);
  }

  private static boolean isWhole(double value) {
    return value >= 0 && value == Math.rint(value);
  }

  private static boolean isCount(double value) {
    return isWhole(value) && value >= 1 && value <= Integer.MAX_VALUE;
  }

  private static String shown(double[] numbers) {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < Math.min(4, numbers.length); i++) {
      text.append(i == 0 ? "" : ", ");
      text.append(isWhole(numbers[i]) ? "%.0f".formatted(numbers[i]) : "" + numbers[i]);
    }
    return text.append(numbers.length > 4 ? ", ...]" : "]").toString();
  }

  private void requireCovered(List<Tensor> tensors) {
    List<Tensor> sorted = new ArrayList<>(tensors);
    sorted.sort(Comparator.comparingLong(Tensor::from));
    long at = 0;
    for (Tensor tensor : sorted) {
      if (tensor.from != at) {
        throw ModelException.at(
            source,
            "tensor '" + tensor.name + "'",
            "data from byte %d, the one before ends at %d".formatted(tensor.from, at),
            "tensors side by side without gap or overlap");
      }
      at = tensor.to;
    }
    if (at != data.capacity()) {
      throw ModelException.at(
          source,
          "data",
          "%d bytes of data, the tensors end at %d".formatted(data.capacity(), at),
          "the file to end with the last tensor");
    }
  }

  private Network network(List<Tensor> tensors, @Nullable Source side, List<String> columns)
      throws IOException {
    TreeMap<Integer, Tensor[]> byLayer = new TreeMap<>();
    for (Tensor tensor : tensors) {
      Matcher matcher = NAME.matcher(tensor.name);
      if (matcher.matches()) {
        byLayer
                .computeIfAbsent(Integer.parseInt(matcher.group(1)), l -> new Tensor[3])[
                PARTS.indexOf(matcher.group(2))] =
            tensor;
      }
    }
    List<Layer> layers = new ArrayList<>();
    int numInputs = -1;
    int numVariables = 0;
    for (var entry : byLayer.entrySet()) {
      int index = layers.size() + 1;
      if (entry.getKey() != index) {
        throw ModelException.at(
            source,
            "header",
            "layer " + entry.getKey() + " after layer " + (index - 1),
            "layers numbered 1, 2, ... without a gap");
      }
      Tensor[] parts = entry.getValue();
      requireShapes(index, parts, numInputs);
      numVariables = numInputs < 0 ? parts[0].columns : numVariables;
      numInputs = parts[0].rows;
      double[][] logScale = values(parts[1]);
      layers.add(
          new Layer.Ugmm(
              "layers." + index,
              List.of(index == 1 ? Layer.INPUT : "layers." + (index - 1)),
              null,
              values(parts[0]),
              NetworkCheck.exp(source, "layers." + index, logScale),
              values(parts[2]),
              null,
              logScale));
    }
    return NetworkCheck.checked(named(layers, numVariables, numInputs, side, columns));
  }

  private void requireShapes(int layer, Tensor[] parts, int numInputs) {
    for (int p = 0; p < parts.length; p++) {
      if (parts[p] == null) {
        throw ModelException.at(
            source,
            "header",
            "no tensor 'layers.%d.%s'".formatted(layer, PARTS.get(p)),
            "that tensor beside the others of its layer");
      }
      boolean fits =
          parts[p].rows == parts[0].rows
              && parts[p].columns == (numInputs < 0 ? parts[0].columns : numInputs);
      if (!fits) {
        throw ModelException.at(
            source,
            "tensor '" + parts[p].name + "'",
            "shape [%d, %d]".formatted(parts[p].rows, parts[p].columns),
            "[%d, %d], units by inputs"
                .formatted(parts[0].rows, numInputs < 0 ? parts[0].columns : numInputs));
      }
    }
  }

  private double[][] values(Tensor tensor) {
    double[][] rows = new double[tensor.rows][tensor.columns];
    int at = (int) tensor.from;
    for (double[] row : rows) {
      for (int k = 0; k < row.length; k++, at += 4) {
        row[k] = data.getFloat(at);
        if (!Double.isFinite(row[k])) {
          throw ModelException.at(
              source,
              "tensor '%s', number %d".formatted(tensor.name, (at - tensor.from) / 4),
              "found " + row[k],
              "a finite number");
        }
      }
    }
    return rows;
  }

  private Network named(
      List<Layer> layers,
      int numVariables,
      int numRoots,
      @Nullable Source side,
      List<String> columns)
      throws IOException {
    List<ModelVariable> variables = new ArrayList<>();
    Classes classes = null;
    if (side != null) {
      VariablesReader.SideFile stated = VariablesReader.sideFile(side);
      variables.addAll(stated.variables());
      classes = stated.classes();
      if (variables.size() != numVariables) {
        throw ModelException.at(
            side.name(),
            "/variables",
            "%d variables; %s reads %d".formatted(variables.size(), source, numVariables),
            "one a column of 'layers.1.mu'");
      }
    } else {
      if (!columns.isEmpty()
          && columns.size() != numVariables
          && !(numRoots > 1 && columns.size() == numVariables + 1)) {
        throw ModelException.at(
            source,
            "columns",
            "%d names for %d inputs".formatted(columns.size(), numVariables),
            "one name an input"
                + (numRoots > 1 ? ", and one for the class if it has a column" : ""));
      }
      for (int v = 0; v < numVariables; v++) {
        variables.add(
            ModelVariable.of(Variable.real(columns.isEmpty() ? "x" + v : columns.get(v))));
      }
    }
    if (numRoots > VariablesReader.MAX_STATES) {
      throw ModelException.at(
          source,
          "layer " + layers.size(),
          numRoots + " root units",
          "at most " + VariablesReader.MAX_STATES);
    }
    if (classes == null && numRoots > 1) {
      boolean namesClass = side == null && columns.size() == numVariables + 1;
      classes =
          VariablesReader.defaultClasses(
              namesClass ? columns.get(numVariables) : "class", numRoots);
    }
    return new Network(source, "safetensors", variables, layers, classes);
  }
}
