package org.ugmm.testdata;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the plain kind of BIF that the public repositories publish, by regular expressions, into a
 * {@link TableOracle}. Numbers are taken as they stand.
 */
public final class BifOracle {
  private static final Pattern VARIABLE =
      Pattern.compile("variable\\s+(\\S+)\\s*\\{\\s*type discrete \\[[^]]*]\\s*\\{([^}]*)}");
  private static final Pattern TABLE =
      Pattern.compile("probability\\s*\\(([^)]*)\\)\\s*\\{([^}]*)}");

  private BifOracle() {}

  /** The product of the tables of a file; the variables are numbered as it declares them. */
  public static TableOracle read(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    Map<String, List<String>> states = new LinkedHashMap<>();
    for (Matcher m = VARIABLE.matcher(text); m.find(); ) {
      states.put(m.group(1), words(m.group(2)));
    }
    List<String> names = List.copyOf(states.keySet());
    int[] numStates = states.values().stream().mapToInt(List::size).toArray();
    List<PlainTable> tables = new ArrayList<>();
    for (Matcher m = TABLE.matcher(text); m.find(); ) {
      List<String> scope = words(m.group(1).replace('|', ' '));
      tables.add(table(scope, m.group(2), states, names));
    }
    return new TableOracle(numStates, tables);
  }

  /** The scope of the result is the child, then its parents, the last parent fastest. */
  private static PlainTable table(
      List<String> scope, String body, Map<String, List<String>> states, List<String> names) {
    int numRows = 1;
    for (String parent : scope.subList(1, scope.size())) {
      numRows *= of(states, parent).size();
    }
    int numStates = of(states, scope.get(0)).size();
    double[] values = new double[numRows * numStates];
    for (String line : body.split(";")) {
      int close = line.indexOf(')');
      int row = 0;
      if (close >= 0) {
        List<String> given = words(line.substring(line.indexOf('(') + 1, close));
        for (int p = 0; p < given.size(); p++) {
          List<String> of = of(states, scope.get(p + 1));
          row = row * of.size() + of.indexOf(given.get(p));
        }
      }
      List<String> numbers = words(line.substring(close + 1).replace("table", ""));
      for (int s = 0; s < numbers.size(); s++) {
        values[s * numRows + row] = Double.parseDouble(numbers.get(s));
      }
    }
    return new PlainTable(scope.stream().mapToInt(names::indexOf).toArray(), values);
  }

  private static List<String> of(Map<String, List<String>> states, String name) {
    return Objects.requireNonNull(states.get(name), name);
  }

  private static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("[\\s,]+"));
  }
}
