package org.ugmm.compiler.read.json;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.Classes;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Network;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.data.Variable.Categorical;

/** Reads {@code ugmm-network/1}: a layered network. */
public final class NetworkReader {
  public static final String FORMAT = "ugmm-network/1";
  private static final List<String> FIELDS = List.of("format", "variables", "layers", "classes");

  /** The fields of a layer, named as in the format. */
  private enum Field {
    name,
    type,
    from,
    units,
    inputs,
    mean,
    scale,
    logScale,
    logits,
    weights,
    children,
    variable,
    probabilities;

    static final List<String> NAMES = List.of(values()).stream().map(Field::toString).toList();

    static List<String> namesOf(Set<Field> fields) {
      return fields.stream().map(Field::toString).toList();
    }
  }

  private static final Map<String, Set<Field>> FIELDS_OF_TYPE =
      Map.of(
          "ugmm",
          Set.of(
              Field.from,
              Field.units,
              Field.inputs,
              Field.mean,
              Field.scale,
              Field.logScale,
              Field.logits,
              Field.weights),
          "mixture",
          Set.of(Field.from, Field.weights),
          "product",
          Set.of(Field.from, Field.children),
          "categorical",
          Set.of(Field.variable, Field.probabilities));

  private final String source;
  private final JsonCursor in;
  private final List<ModelVariable> variables;
  private final List<Layer> layers = new ArrayList<>();
  private final Map<String, Integer> unitsOf = new LinkedHashMap<>();

  private NetworkReader(String source, JsonCursor in, List<ModelVariable> variables) {
    this.source = source;
    this.in = in;
    this.variables = variables;
    unitsOf.put(Layer.INPUT, variables.size());
  }

  /**
   * Reads the document.
   *
   * @param variables its variables, read before, since they may stand behind the layers
   */
  public static Network read(Source source, List<ModelVariable> variables) throws IOException {
    try (JsonCursor in = JsonCursor.open(source)) {
      return new NetworkReader(source.name(), in, variables).document();
    }
  }

  private Network document() throws IOException {
    in.next();
    in.expectObject("a network");
    JsonCursor.Seen seen = new JsonCursor.Seen();
    Classes classes = null;
    for (int field; (field = in.nextField(FIELDS, seen)) >= 0; ) {
      switch (field) {
        case 0 -> in.string("the format");
        case 1 -> VariablesReader.variables(in);
        case 2 -> readLayers();
        case 3 -> classes = VariablesReader.classes(in);
        default -> throw new AssertionError(field);
      }
    }
    for (int field = 0; field < 3; field++) {
      seen.require(field, in, FIELDS);
    }
    in.expectEnd();
    return NetworkCheck.checked(new Network(source, FORMAT, variables, layers, classes));
  }

  private void readLayers() throws IOException {
    in.expectArray("layers");
    while (in.nextElement()) {
      Layer layer = new LayerFields().read();
      unitsOf.put(layer.name(), layer.numUnits());
      layers.add(layer);
    }
    if (layers.isEmpty()) {
      throw in.fail("no layer", "at least one");
    }
  }

  /** One layer while it is being read: its fields may stand in any order. */
  private final class LayerFields {
    private final JsonCursor.Seen seen = new JsonCursor.Seen();
    private String name = "";
    private String type = "";
    private @Nullable List<String> from;
    private int units;
    private final EnumMap<Field, double[][]> numbers = new EnumMap<>(Field.class);
    private final EnumMap<Field, int[][]> indices = new EnumMap<>(Field.class);
    private String variable = "";

    Layer read() throws IOException {
      in.expectObject("a layer");
      for (int field; (field = in.nextField(Field.NAMES, seen)) >= 0; ) {
        Field f = Field.values()[field];
        switch (f) {
          case name -> name = layerName();
          case type -> type = type();
          case from -> from = from();
          case units -> units = in.integer("the number of units", 1, Integer.MAX_VALUE);
          case mean, scale, logScale, logits, weights, probabilities ->
              numbers.put(f, in.matrix(f.toString()));
          case inputs, children -> indices.put(f, in.intMatrix("an index", 0, Integer.MAX_VALUE));
          case variable -> variable = in.string("the name of a variable");
        }
      }
      require(Field.name);
      require(Field.type);
      Set<Field> allowed = FIELDS_OF_TYPE.getOrDefault(type, Set.of());
      for (Field f : Field.values()) {
        if (seen.has(f.ordinal()) && f != Field.name && f != Field.type && !allowed.contains(f)) {
          throw in.fail(
              "unknown field '%s' in layer '%s' of type '%s'".formatted(f, name, type),
              "one of name, type, " + String.join(", ", Field.namesOf(allowed)));
        }
      }
      return switch (type) {
        case "ugmm" -> ugmm();
        case "mixture" -> mixture();
        case "product" -> product();
        default -> categorical();
      };
    }

    private void require(Field field) {
      seen.require(field.ordinal(), in, Field.NAMES);
    }

    private String layerName() throws IOException {
      String text = VariablesReader.name(in);
      if (unitsOf.containsKey(text)) {
        throw in.fail(
            "layer name '" + JsonCursor.shorten(text, 60) + "' is taken", "a name of its own");
      }
      return text;
    }

    private String type() throws IOException {
      String text = in.string("the type of the layer");
      if (!FIELDS_OF_TYPE.containsKey(text)) {
        throw in.fail(
            "layer type '" + JsonCursor.shorten(text, 60) + "'",
            "one of ugmm, mixture, product, categorical");
      }
      return text;
    }

    private List<String> from() throws IOException {
      List<String> names = in.strings("the names of earlier layers");
      for (String earlier : names) {
        if (!unitsOf.containsKey(earlier)) {
          throw in.fail(
              "no earlier layer '" + JsonCursor.shorten(earlier, 60) + "'",
              "'input' or a layer that stands before this one");
        }
      }
      if (names.isEmpty() || new HashSet<>(names).size() != names.size()) {
        throw in.fail("found " + names, "at least one layer, each once");
      }
      return names;
    }

    private List<String> sources() {
      List<String> stated = from;
      if (stated != null) {
        return stated;
      }
      return List.of(layers.isEmpty() ? Layer.INPUT : layers.get(layers.size() - 1).name());
    }

    private double[][] matrix(Field field, Field orElse) {
      double[][] first = numbers.get(field);
      double[][] second = numbers.get(orElse);
      if (first != null && second != null && field != orElse) {
        throw in.fail(
            "both '%s' and '%s' in layer '%s'".formatted(field, orElse, name), "one of them");
      }
      double[][] found = first != null ? first : second;
      if (found == null) {
        throw in.fail(
            "no field '%s' in layer '%s'".formatted(field, name),
            field == orElse ? "that field with its value" : "that field or '" + orElse + "'");
      }
      return found;
    }

    private Layer ugmm() {
      double[][] mean = matrix(Field.mean, Field.mean);
      double[][] stated = matrix(Field.logScale, Field.scale);
      double[][] logitsOrWeights = matrix(Field.logits, Field.weights);
      boolean areLogs = seen.has(Field.logScale.ordinal());
      if (seen.has(Field.units.ordinal()) && units != mean.length) {
        throw in.fail(
            "layer '%s' has units %d, but mean has %d rows".formatted(name, units, mean.length),
            "the same number");
      }
      boolean hasLogits = seen.has(Field.logits.ordinal());
      return new Layer.Ugmm(
          name,
          sources(),
          indices.get(Field.inputs),
          mean,
          areLogs ? NetworkCheck.exp(source, name, stated) : stated,
          hasLogits ? logitsOrWeights : null,
          hasLogits ? null : logitsOrWeights,
          areLogs ? stated : null);
    }

    private Layer mixture() {
      return new Layer.Mixture(name, sources(), matrix(Field.weights, Field.weights));
    }

    private Layer product() {
      require(Field.children);
      int[][] children = indices.get(Field.children);
      return new Layer.Product(name, sources(), children == null ? new int[0][] : children);
    }

    private Layer categorical() {
      require(Field.variable);
      double[][] probabilities = matrix(Field.probabilities, Field.probabilities);
      for (int v = 0; v < variables.size(); v++) {
        if (variables.get(v).name().equals(variable)) {
          if (!(variables.get(v).variable() instanceof Categorical)) {
            throw in.fail(
                "layer '%s' is on '%s', which is real".formatted(name, variable),
                "a categorical variable");
          }
          return new Layer.Categorical(name, v, probabilities);
        }
      }
      throw in.fail(
          "no variable '" + JsonCursor.shorten(variable, 60) + "'",
          "one that 'variables' declares");
    }
  }
}
