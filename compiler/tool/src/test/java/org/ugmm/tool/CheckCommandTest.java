package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

class CheckCommandTest {
  private static final String MODEL = Golden.find(Run.IRIS_CIRCUIT).toString();
  private static final String HEADER =
      "sepal_length,sepal_width,petal_length,petal_width,species\n";

  @TempDir Path folder;

  /** A standard Gaussian and a state of probability 0.1, independent. */
  private String model() throws IOException {
    Path file = folder.resolve("two.json");
    Files.writeString(
        file,
        """
        {"format": "ugmm-graph/1", "variables": [
          {"name": "x", "kind": "real"},
          {"name": "k", "kind": "categorical", "states": ["a", "b", "c"]}],
         "nodes": [
          {"gaussian": {"variable": "x", "mean": 0, "scale": 1}},
          {"categorical": {"variable": "k", "probabilities": [0.6, 0.3, 0.1]}},
          {"product": {"children": [0, 1]}}],
         "root": 2}
        """);
    return file.toString();
  }

  @Test
  void check_tails_areThoseOfTheModel() throws IOException {
    Path out = folder.resolve("tails.csv");
    Run run =
        Run.withInput(
            "k,x\na,0\nb,-1.959963984540054\nc,\n,3\n",
            "check",
            model(),
            "-",
            "-o",
            out.toString(),
            "--quiet");
    assertEquals(0, run.status(), run.err());
    List<String> lines = Files.readAllLines(out);
    assertEquals(
        "line,logMarginal,tail,tailError,surprising,cells,x:tail,k:tail,certificate,note",
        lines.get(0));
    String[] first = lines.get(1).split(",", -1);
    assertEquals(1, Double.parseDouble(first[6]), 1e-12);
    assertEquals(1, Double.parseDouble(first[7]), 1e-12);
    assertEquals(1, Double.parseDouble(first[2]), 1e-3); // no row is more probable
    String[] second = lines.get(2).split(",", -1);
    assertEquals(0.05, Double.parseDouble(second[6]), 1e-12);
    assertEquals(0.4, Double.parseDouble(second[7]), 1e-12);
    // only k is there: 10 % of what is drawn is as rare
    String[] third = lines.get(3).split(",", -1);
    double error = Double.parseDouble(third[3]);
    assertEquals(0.1, Double.parseDouble(third[2]), 5 * error);
    assertEquals(Math.sqrt(0.1 * 0.9 / 10_000), error, 2e-4);
    assertEquals("", third[6]);
    String[] fourth = lines.get(4).split(",", -1);
    assertEquals(0.0027, Double.parseDouble(fourth[2]), 5 * 0.0006);
    assertEquals(0.0026997960632601866, Double.parseDouble(fourth[6]), 1e-12);
    assertEquals("ESTIMATED", fourth[8]);
  }

  /** Of rows that are as probable none is rarer, in whatever order rounding adds their logs. */
  @Test
  void check_rowsThatAreAsProbable_haveOneTail() throws IOException {
    int n = 6;
    List<String> variables = new ArrayList<>();
    List<String> nodes = new ArrayList<>();
    for (int v = 0; v < n; v++) {
      variables.add("{'name': 'v%d', 'kind': 'categorical', 'states': ['a', 'b']}".formatted(v));
      nodes.add("{'categorical': {'variable': 'v%d', 'probabilities': [0.7, 0.3]}}".formatted(v));
    }
    nodes.add("{'product': {'children': [0, 1, 2, 3, 4, 5]}}");
    Path model = folder.resolve("six.json");
    Files.writeString(
        model,
        "{'format': 'ugmm-graph/1', 'variables': %s, 'nodes': %s, 'root': 6}"
            .formatted(variables, nodes)
            .replace('\'', '"'));
    StringBuilder rows = new StringBuilder("v0,v1,v2,v3,v4,v5\n");
    for (int set = 0; set < 1 << n; set++) {
      if (Integer.bitCount(set) == 2) {
        for (int v = 0; v < n; v++) {
          rows.append((set >> v & 1) == 1 ? "b" : "a").append(v < n - 1 ? ',' : '\n');
        }
      }
    }
    Path out = folder.resolve("tails.csv");
    Run run =
        Run.withInput(
            rows.toString(), "check", model.toString(), "-", "-o", out.toString(), "--quiet");
    assertEquals(0, run.status(), run.err());
    List<String> lines = Files.readAllLines(out);
    assertEquals(1 + 15, lines.size());
    double twoOrMore = 1 - Math.pow(0.7, 6) - 6 * 0.3 * Math.pow(0.7, 5);
    for (String line : lines.subList(1, lines.size())) {
      double tail = Double.parseDouble(line.split(",", -1)[2]);
      assertEquals(twoOrMore, tail, 5 * Math.sqrt(twoOrMore * (1 - twoOrMore) / 10_000), line);
      assertEquals(Double.parseDouble(lines.get(1).split(",", -1)[2]), tail, line);
    }
  }

  @Test
  void check_mistypedCell_isFoundAmongGoodOnes() throws IOException {
    List<String> rows = Files.readAllLines(Golden.find("data/iris.csv"));
    rows.set(17, "5.1,35,1.4,0.3,setosa"); // 3.5
    rows.set(80, "x,1,1,1,setosa");
    Path data = folder.resolve("iris.csv");
    Files.write(data, rows);
    Run run = Run.of("check", MODEL, data.toString(), "--json", "--samples", "5000");
    assertEquals(0, run.status(), run.err());
    JsonNode json = run.json();
    assertEquals(150, json.get("rows").asInt());
    assertEquals(1, json.get("errorRows").asInt());
    assertEquals(18, json.get("surprisingRows").get(0).get("line").asInt());
    assertEquals(1.0 / 5001, json.get("surprisingRows").get(0).get("tail").asDouble(), 1e-15);
    assertEquals("sepal_width", json.get("surprisingCells").get(0).get("variable").asText());
    assertEquals(35, json.get("surprisingCells").get(0).get("value").asDouble());
    assertEquals(
        run.out(),
        Run.of("check", MODEL, data.toString(), "--json", "--samples", "5000", "--threads", "1")
            .out());
    Run text = Run.of("check", MODEL, data.toString());
    assertTrue(text.out().contains("surprising cells"), text.out());
    assertTrue(text.lines().stream().anyMatch(l -> l.matches(" +18 .*sepal_width.*35 .*")));
  }

  /** Rows that the model drew are marked no more often than the rate says. */
  @Test
  void check_drawnRows_haveUniformTails() throws IOException {
    Path data = folder.resolve("drawn.csv");
    Files.writeString(data, Run.of("query", MODEL, "--sample", "600", "--seed", "9").out());
    Path out = folder.resolve("tails.csv");
    Run run =
        Run.of(
            "check", MODEL, data.toString(), "-o", out.toString(), "--samples", "2000", "--json");
    assertTrue(run.json().get("surprisingRows").size() <= 3, run.out());
    assertTrue(run.json().get("surprisingCells").size() <= 5, run.out());
    List<String> lines = Files.readAllLines(out);
    for (int column : new int[] {2, 6, 7, 8, 9}) {
      int below = 0;
      for (String line : lines.subList(1, lines.size())) {
        below += Double.parseDouble(line.split(",", -1)[column]) <= 0.5 ? 1 : 0;
      }
      assertEquals(300, below, 75, "column " + column); // six standard errors
    }
  }

  @Test
  void check_against_findsTheColumnsThatMoved() throws IOException {
    String model = model();
    Path first = folder.resolve("a.csv");
    Path second = folder.resolve("b.csv");
    Files.writeString(first, Run.of("query", model, "--sample", "300", "--seed", "1").out());
    StringBuilder moved = new StringBuilder("x,k\n");
    for (String line : Run.of("query", model, "--sample", "300", "--seed", "2").lines()) {
      if (!line.startsWith("x")) {
        String[] cells = line.split(",");
        moved.append(Double.parseDouble(cells[0]) + 1).append(',').append(cells[1]).append('\n');
      }
    }
    Files.writeString(second, moved);
    JsonNode drift =
        Run.of("check", model, first.toString(), "--against", second.toString(), "--json")
            .json()
            .get("drift");
    JsonNode x = drift.get("columns").get(0);
    assertEquals("Kolmogorov-Smirnov", x.get("test").asText());
    assertTrue(x.get("p").asDouble() < 1e-10, drift.toString());
    JsonNode k = drift.get("columns").get(1);
    assertEquals("chi-square", k.get("test").asText());
    assertTrue(k.get("p").asDouble() > 1e-3, drift.toString());
    assertTrue(drift.get("meanLogDensity").get("p").asDouble() < 1e-3, drift.toString());
    JsonNode same =
        Run.of("check", model, first.toString(), "--against", first.toString(), "--json")
            .json()
            .get("drift");
    assertEquals(1, same.get("columns").get(0).get("p").asDouble(), 1e-9);
    assertEquals(0, same.get("meanLogDensity").get("statistic").asDouble());
  }

  @Test
  void check_wrongCalls_haveTheirStatus() {
    assertEquals(2, Run.withInput(HEADER, "check", MODEL, "-", "--fdr", "2").status());
    assertEquals(2, Run.withInput(HEADER, "check", MODEL, "-", "--samples", "5").status());
    assertEquals(2, Run.withInput(HEADER, "check", MODEL, "-", "-o", "-", "--json").status());
    String deep = Golden.find(Run.IRIS_DEEP).toString();
    assertEquals(4, Run.withInput(HEADER, "check", deep, "-").status());
  }
}
