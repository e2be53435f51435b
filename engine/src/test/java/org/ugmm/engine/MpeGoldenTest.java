package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.testdata.Golden;

/** MPE of a categorical circuit built by another engine, against its enumeration. */
class MpeGoldenTest {
  private static final String NAME = "models/circuits/cirkit_cat6x3_cp.";

  @Test
  void find_cat6x3_equalsEnumerationOnEveryRowWithProof() throws IOException {
    Circuit c = circuit(read("graph.json"));
    Map<?, ?> golden = (Map<?, ?>) read("golden.json");
    List<?> rows = (List<?>) golden.get("rows");
    List<?> masks = (List<?>) golden.get("missing_mask");
    List<?> logs = (List<?>) golden.get("mpe_exact_ll");
    List<?> states = (List<?>) golden.get("mpe_exact");
    Inference search = new Inference(c);
    LogEvaluator evaluator = new LogEvaluator(c.flat);
    for (int i = 0; i < rows.size(); i++) {
      double[] row = numbers(rows.get(i));
      double[] mask = numbers(masks.get(i));
      Evidence e = new Evidence(c);
      for (int v = 0; v < row.length; v++) {
        if (mask[v] == 0) {
          e.observe(v, row[v]);
        }
      }
      MpeAnswer answer = search.mpe(e);
      double expected = ((Number) logs.get(i)).doubleValue();
      assertEquals(expected, answer.logValue(), 1e-12, "row " + i);
      assertTrue(answer.logUpperBound() - answer.logValue() <= 1e-9, "row " + i);
      assertEquals(Certificate.Kind.EXACT, answer.certificate().kind(), "row " + i);
      // the golden states may tie with others, so the values are compared
      double atGolden = evaluator.upward(new Evidence(c).row(numbers(states.get(i)), 0).flat);
      double atAnswer = evaluator.upward(new Evidence(c).row(answer.assignment(), 0).flat);
      assertEquals(atGolden, atAnswer, 1e-12, "row " + i);
    }
  }

  private static Circuit circuit(Object json) {
    Map<?, ?> graph = (Map<?, ?>) json;
    List<Variable> variables = new ArrayList<>();
    Map<Object, Integer> index = new HashMap<>();
    for (Object entry : (List<?>) graph.get("variables")) {
      Map<?, ?> variable = (Map<?, ?>) entry;
      index.put(variable.get("name"), variables.size());
      variables.add(
          Variable.categorical(
              (String) variable.get("name"),
              ((List<?>) variable.get("states")).toArray(String[]::new)));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    for (Object entry : (List<?>) graph.get("nodes")) {
      Map.Entry<?, ?> node = ((Map<?, ?>) entry).entrySet().iterator().next();
      Map<?, ?> fields = (Map<?, ?>) node.getValue();
      switch ((String) node.getKey()) {
        case "categorical" ->
            builder.categoricalLog(
                index.get(fields.get("variable")),
                Arrays.stream(numbers(fields.get("probabilities"))).map(Math::log).toArray());
        case "product" -> builder.product(ints(fields.get("children")));
        case "sum" ->
            builder.sumLinear(ints(fields.get("children")), numbers(fields.get("weights")));
        default -> throw new IllegalArgumentException("node " + node);
      }
    }
    return builder.build(((Number) graph.get("root")).intValue());
  }

  private static double[] numbers(Object list) {
    return ((List<?>) list).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
  }

  private static int[] ints(Object list) {
    return Arrays.stream(numbers(list)).mapToInt(x -> (int) x).toArray();
  }

  private static Object read(String extension) throws IOException {
    return new Json(Files.readString(Golden.find(NAME + extension))).value();
  }

  /** Enough JSON for these files: no escapes in strings. */
  private static final class Json {
    private final String text;
    private int at;

    Json(String text) {
      this.text = text;
    }

    Object value() {
      char c = peek();
      if (c == '{') {
        Map<String, Object> map = new HashMap<>();
        while (next("{,") && peek() != '}') {
          String key = (String) value();
          next(":");
          map.put(key, value());
        }
        close('}');
        return map;
      }
      if (c == '[') {
        List<Object> list = new ArrayList<>();
        while (next("[,") && peek() != ']') {
          list.add(value());
        }
        close(']');
        return list;
      }
      int from = at;
      if (c == '"') {
        at = text.indexOf('"', at + 1) + 1;
        return text.substring(from + 1, at - 1);
      }
      while (",]} \n\r\t".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return Double.valueOf(text.substring(from, at));
    }

    private char peek() {
      while (Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return text.charAt(at);
    }

    private boolean next(String expected) {
      if (expected.indexOf(peek()) < 0) {
        return false;
      }
      at++;
      return true;
    }

    private void close(char expected) {
      if (peek() == expected) {
        at++;
      }
    }
  }
}
