package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

/** What the commands print with {@code --json} is as the schemas of {@code testdata} say. */
class JsonSchemasTest {
  private static final String ID = "https://ugmm.org/schemas/";
  private static final String CIRCUIT = "@" + Run.IRIS_CIRCUIT;
  private static final String DEEP = "@" + Run.IRIS_DEEP;
  private static final String DATA = "@data/iris.csv";
  private static final String PENGUINS = "@data/penguins.csv";

  private static final Map<String, Schema> SCHEMAS = new TreeMap<>();

  @TempDir Path folder;

  @BeforeAll
  static void read() throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (Stream<Path> files = Files.list(Golden.find("schemas"))) {
      for (Path file : files.toList()) {
        texts.put(ID + file.getFileName(), Files.readString(file));
      }
    }
    SchemaRegistry registry =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(texts));
    for (String id : texts.keySet()) {
      String name = id.substring(ID.length()).replace(".schema.json", "");
      SCHEMAS.put(name, registry.getSchema(SchemaLocation.of(id)));
    }
  }

  private static void assertValid(String command, String document) {
    assertEquals("[]", SCHEMAS.get(command).validate(document, InputFormat.JSON).toString());
  }

  private static void assertInvalid(String command, String document) {
    assertFalse(
        SCHEMAS.get(command).validate(document, InputFormat.JSON).isEmpty(), command + document);
  }

  /** Runs a command; what it prints is valid, and no more so with one field too many. */
  private static String json(String... args) {
    String[] all = Stream.concat(Stream.of(args), Stream.of("--json")).toArray(String[]::new);
    Run run = Run.of(all);
    assertEquals(0, run.status(), run.err());
    assertValid(args[0], run.out());
    if (run.out().startsWith("{")) {
      assertInvalid(args[0], run.out().replaceFirst("\\{", "{\"fieldTooMany\":1,"));
    }
    return run.out();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void schemas_areOfTheCommandsThatTakeJson() {
    TreeSet<String> expected = new TreeSet<>(Main.commands());
    expected.removeIf(name -> name.equals("help") || name.equals("completion"));
    expected.remove("mcp"); // its answers are those of the others
    expected.add("common");
    assertEquals(expected, SCHEMAS.keySet());
  }

  @Test
  void query_everyKind_isValid() {
    String[][] kinds = {
      {"--marginal", "--given", "petal_length=[1,]", "--given", "species={setosa|virginica}"},
      {"--log-density", "--given", "sepal_length=5", "--given", "sepal_width=3"},
      {"--posterior", "species", "--given", "petal_length=1.4"},
      {"--posterior", "petal_length,species", "--given", "sepal_width=[2,3]"},
      {"--posterior", "species", "--given", "petal_length=60"},
      {"--joint", "species", "--given", "petal_width=1"},
      {"--mpe", "--where", "petal_length > 3 or species = setosa"},
      {"--map", "species", "--given", "petal_width=1"},
      {"--marginal", "--given", "species~{setosa:0.7,virginica:0.1}"},
      {"--probability-of", "petal_length > 3"},
      {"--sample", "3"},
    };
    for (String[] kind : kinds) {
      boolean isWhole = kind[0].equals("--log-density");
      String[] more =
          isWhole
              ? new String[] {
                "--given", "petal_length=1", "--given", "petal_width=1", "--given", "species=setosa"
              }
              : new String[0];
      json(
          Stream.of(new String[] {"query", CIRCUIT}, kind, more)
              .flatMap(Stream::of)
              .toArray(String[]::new));
    }
    json("query", "@models/circuits/cirkit_cat6x3_cp.graph.json", "--marginal");
    json("query", DEEP, "--mpe", "--budget", "500", "--domain", "*=[0,8]");
    String[] estimated = {
      "query",
      DEEP,
      "--posterior",
      "sepal_length",
      "--domain",
      "*=[0,8]",
      "--given",
      "petal_length=1",
      "--given",
      "petal_width=1",
      "--given",
      "sepal_width=3",
      "--allow",
      "exact,enclosed,estimated"
    };
    assertTrue(json(estimated).contains("ESTIMATED"));
    assertInvalid("query", "{\"query\":\"marginal\",\"given\":{},\"value\":{}}");
  }

  @Test
  void query_countsAndBestOfDeterministic_areValid() throws IOException {
    Path model = folder.resolve("n.graph.json");
    Files.writeString(
        model,
        """
        {"format": "ugmm-graph/1",
         "variables": [{"name": "n", "kind": "count"}, {"name": "c", "kind": "categorical", "states": ["a", "b"]}],
         "nodes": [{"poisson": {"variable": "n", "rate": 2}}, {"categorical": {"variable": "c", "probabilities": [1, 0]}},
                   {"product": {"children": [0, 1]}},
                   {"poisson": {"variable": "n", "rate": 9}}, {"categorical": {"variable": "c", "probabilities": [0, 1]}},
                   {"product": {"children": [3, 4]}}, {"sum": {"children": [2, 5], "weights": [0.4, 0.6]}}],
         "root": 6}
        """);
    json("query", model.toString(), "--posterior", "n");
    json("query", model.toString(), "--posterior", "n", "--given", "n=[1,3]");
    json("query", model.toString(), "--k-best", "2", "--given", "n=3");
    json("inspect", model.toString());
    json("advise", model.toString(), "--target", "c");
  }

  @Test
  void explain_stateAndNumber_areValid() {
    json("explain", CIRCUIT, "--target", "species", "--given", "petal_length=4.8");
    json("explain", CIRCUIT, "--target", "petal_width", "--given", "species=setosa");
    assertTrue(
        json(
                "explain",
                CIRCUIT,
                "--target",
                "species",
                "--given",
                "sepal_width=3",
                "--where",
                "petal_length > 1")
            .contains("\"where\""));
  }

  @Test
  void advise_stateAndNumber_areValid() {
    json("advise", CIRCUIT, "--target", "species", "--cost", "petal_width=2");
    json("advise", CIRCUIT, "--target", "petal_width", "--where", "petal_length > 1");
    assertTrue(
        json("advise", CIRCUIT, "--target", "species", "--allow", "exact").contains("refused"));
  }

  @Test
  void tables_checkedImputedAndScored_areValid() {
    json("check", CIRCUIT, DATA, "--samples", "500");
    json("check", CIRCUIT, DATA, "--samples", "500", "--against", "@data/iris-float32.csv");
    json("impute", CIRCUIT, DATA, "-o", file("full.csv"));
    json("score", CIRCUIT, DATA, "--query", "class");
    json("score", CIRCUIT, DATA, "--query", "marginal,quantiles=petal_width:0.1;0.9,mpe");
    json("score", CIRCUIT, DATA, "--query", "class", "--keep-columns", "--error-bound");
    json("score", CIRCUIT, DATA, "--query", "class", "--summary");
    json("score", CIRCUIT, DATA, "--query", "marginal", "-o", file("scores.csv"), "--error-bound");
    json("score", DEEP, PENGUINS, "--query", "marginal");
  }

  @Test
  void models_trainedCompiledConvertedInspectedReported_areValid() {
    json("train", PENGUINS, "--dry-run");
    String penguins = file("penguins.circuit");
    json("train", PENGUINS, "--class", "species", "-o", penguins, "--budget", "2s");
    json("train", DATA, "-o", file("plain.circuit"), "--budget", "1s");
    String network = file("network.json");
    json(
        "train", DATA, "--class", "species", "--network", "4-6-3", "-o", network, "--budget", "2s");
    json("inspect", penguins);
    json("inspect", network);
    json("inspect", network, "--cost");
    json("inspect", CIRCUIT, "--cost");
    json("inspect", DEEP);
    json("compile", CIRCUIT, "-o", file("iris.circuit"));
    json("convert", CIRCUIT, "-o", file("iris.json"));
    json("convert", network, "-o", file("iris.network.json"));
    json("report", CIRCUIT, "-o", file("iris.html"));
    json("report", CIRCUIT, DATA, "-o", file("judged.html"));
  }

  @Test
  void serve_listening_isValid() throws Exception {
    try (Served served = Served.start("iris=" + CIRCUIT)) {
      assertValid("serve", served.hello.toString());
    }
  }
}
