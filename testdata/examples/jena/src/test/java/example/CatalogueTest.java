package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.jena.query.QueryExecException;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QuerySolution;
import org.apache.jena.rdf.model.Model;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;

class CatalogueTest {
  private static final Path MODEL = Path.of("../../models/iris-circuit/iris.graph.json");
  private static final String PREFIXES =
      "PREFIX u: <https://ugmm.org/sparql#> PREFIX f: <https://example.org/flower#>"
          + " PREFIX s: <https://example.org/sheet/> ";

  private static Inference inference;

  @BeforeAll
  static void register() throws Exception {
    inference = new Inference(ModelCompiler.compile(MODEL, CompileOptions.defaults()).circuit());
    Posterior.register(inference, "species", Catalogue.FLOWER);
  }

  private static Map<String, Double> ask(Model model, String sheet) {
    Map<String, Double> found = new LinkedHashMap<>();
    String text = PREFIXES + "SELECT ?state ?p { s:n%s u:posterior (?state ?p) }".formatted(sheet);
    try (QueryExecution query = QueryExecution.create(text, model)) {
      query
          .execSelect()
          .forEachRemaining(
              row ->
                  found.put(row.getLiteral("state").getString(), row.getLiteral("p").getDouble()));
    }
    return found;
  }

  private static Evidence evidence(double... values) {
    String[] names = {"sepal_length", "sepal_width", "petal_length", "petal_width"};
    Evidence e = new Evidence(inference.circuit());
    for (int i = 0; i < values.length; i++) {
      if (!Double.isNaN(values[i])) {
        e.observe(names[i], values[i]);
      }
    }
    return e;
  }

  @Test
  void posterior_missingTriples_areMissingFeatures() {
    double no = Double.NaN;
    double[][] sheets = {{5.1, 3.5, 1.4, 0.2}, {6.1, 2.8}, {no, no, 5.0}, {}};
    Model model = Catalogue.sheets();
    for (int i = 0; i < sheets.length; i++) {
      CategoricalPosterior expected =
          (CategoricalPosterior) inference.posterior("species", evidence(sheets[i]));
      Map<String, Double> found = ask(model, "" + (i + 1));
      assertEquals(3, found.size());
      for (String state : expected.variable().states()) {
        assertEquals(expected.probability(state), found.get(state), "sheet " + (i + 1));
      }
    }
  }

  /** The same digits as {@code ugmm query}; run where the command has been built. */
  @Test
  void posterior_sheet_isWhatTheCommandSays() throws Exception {
    Path command = Path.of(System.getProperty("ugmm", "../../../compiler/tool/target/ugmm"));
    assumeTrue(Files.isExecutable(command), "no command at " + command);
    Process process =
        new ProcessBuilder(
                command.toString(),
                "query",
                MODEL.toString(),
                "--given",
                "sepal_length=6.1",
                "--given",
                "sepal_width=2.8",
                "--posterior",
                "species",
                "--json")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), told);
    Map<String, Double> found = ask(Catalogue.sheets(), "2");
    for (var state : found.entrySet()) {
      Matcher digits =
          Pattern.compile("\"" + state.getKey() + "\" *: *([0-9.eE+-]+)").matcher(told);
      assertTrue(digits.find(), told);
      assertEquals(Double.parseDouble(digits.group(1)), state.getValue());
    }
  }

  @Test
  void query_joinsAndFilters_asWithOtherTriples() {
    List<String> rows = new ArrayList<>();
    try (QueryExecution query = QueryExecution.create(Catalogue.LIKELY, Catalogue.sheets())) {
      query
          .execSelect()
          .forEachRemaining(
              (QuerySolution row) ->
                  rows.add(
                      row.getResource("sheet").getLocalName()
                          + " "
                          + row.getLiteral("who").getString()
                          + " "
                          + row.getLiteral("state").getString()));
    }
    assertTrue(rows.contains("n1 Ada setosa"), rows.toString());
    assertEquals(1, rows.stream().filter(row -> row.startsWith("n1")).count());
    assertEquals(3, rows.stream().filter(row -> row.startsWith("n4")).count());
    String one = PREFIXES + "SELECT ?p { s:n1 u:posterior (\"setosa\" ?p) }";
    try (QueryExecution query = QueryExecution.create(one, Catalogue.sheets())) {
      var found = query.execSelect();
      assertTrue(found.next().getLiteral("p").getDouble() > 0.99);
      assertEquals(false, found.hasNext());
    }
  }

  @Test
  void posterior_newTriple_changesTheNextAnswer() {
    Model model = Catalogue.sheets();
    double before = ask(model, "4").get("setosa");
    model.add(
        model.createResource("https://example.org/sheet/n4"),
        model.createProperty(Catalogue.FLOWER + "petal_width"),
        model.createTypedLiteral(0.2));
    assertTrue(ask(model, "4").get("setosa") > before + 0.5);
  }

  @Test
  void posterior_wrongGraph_saysWhy() {
    Model model = Catalogue.sheets();
    var sheet = model.createResource("https://example.org/sheet/n1");
    var width = model.createProperty(Catalogue.FLOWER + "petal_width");
    model.add(sheet, width, model.createTypedLiteral(0.3));
    String two = assertThrows(QueryExecException.class, () -> ask(model, "1")).getMessage();
    assertTrue(two.contains("has 2 values of"), two);
    model.removeAll(sheet, width, null).add(sheet, width, "wide");
    String wide = assertThrows(QueryExecException.class, () -> ask(model, "1")).getMessage();
    assertTrue(wide.contains("is no number of 'petal_width'"), wide);
    String open = PREFIXES + "SELECT * { ?x u:posterior (?state ?p) }";
    try (QueryExecution query = QueryExecution.create(open, model)) {
      String bind =
          assertThrows(QueryExecException.class, () -> query.execSelect().hasNext()).getMessage();
      assertTrue(bind.contains("bind ?x before it"), bind);
    }
  }
}
