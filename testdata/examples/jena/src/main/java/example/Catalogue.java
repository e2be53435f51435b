package example;

import java.io.StringReader;
import java.nio.file.Path;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QuerySolution;
import org.apache.jena.query.ResultSet;
import org.apache.jena.rdf.model.Model;
import org.apache.jena.rdf.model.ModelFactory;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Inference;

/** A catalogue of dried flowers, not all of them measured whole, and what species they may be. */
public final class Catalogue {
  static final String FLOWER = "https://example.org/flower#";

  static final String SHEETS =
      """
      @prefix f: <https://example.org/flower#> .
      @prefix s: <https://example.org/sheet/> .
      s:n1 f:collector "Ada" ; f:sepal_length 5.1 ; f:sepal_width 3.5 ; f:petal_length 1.4 ; f:petal_width 0.2 .
      s:n2 f:collector "Ada" ; f:sepal_length 6.1 ; f:sepal_width 2.8 .
      s:n3 f:collector "Ben" ; f:petal_length 5.0 .
      s:n4 f:collector "Ben" .
      """;

  /** What is likely, and who found it. */
  static final String LIKELY =
      """
      PREFIX u: <https://ugmm.org/sparql#>
      PREFIX f: <https://example.org/flower#>
      SELECT ?sheet ?who ?state ?p WHERE {
        ?sheet f:collector ?who .
        ?sheet u:posterior (?state ?p) .
        FILTER (?p > 0.3)
      } ORDER BY ?sheet DESC(?p)
      """;

  private Catalogue() {}

  static Model sheets() {
    return ModelFactory.createDefaultModel().read(new StringReader(SHEETS), null, "TURTLE");
  }

  /** Runs with the path of a model of Iris. */
  public static void main(String[] args) throws Exception {
    Path model = Path.of(args[0]);
    Inference inference =
        new Inference(ModelCompiler.compile(model, CompileOptions.defaults()).circuit());
    Posterior.register(inference, "species", FLOWER);
    try (QueryExecution query = QueryExecution.create(LIKELY, sheets())) {
      ResultSet rows = query.execSelect();
      while (rows.hasNext()) {
        QuerySolution row = rows.next();
        System.out.printf(
            "sheet %s of %s: %-10s %.4f%n",
            row.getResource("sheet").getLocalName(),
            row.getLiteral("who").getString(),
            row.getLiteral("state").getString(),
            row.getLiteral("p").getDouble());
      }
    }
  }
}
