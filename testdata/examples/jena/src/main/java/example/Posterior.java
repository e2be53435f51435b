package example;

import java.util.ArrayList;
import java.util.List;
import org.apache.jena.graph.Graph;
import org.apache.jena.graph.Node;
import org.apache.jena.graph.NodeFactory;
import org.apache.jena.graph.Triple;
import org.apache.jena.query.QueryBuildException;
import org.apache.jena.query.QueryExecException;
import org.apache.jena.sparql.core.Var;
import org.apache.jena.sparql.engine.ExecutionContext;
import org.apache.jena.sparql.engine.QueryIterator;
import org.apache.jena.sparql.engine.binding.Binding;
import org.apache.jena.sparql.engine.binding.BindingBuilder;
import org.apache.jena.sparql.engine.binding.BindingFactory;
import org.apache.jena.sparql.engine.iterator.QueryIterPlainWrapper;
import org.apache.jena.sparql.expr.NodeValue;
import org.apache.jena.sparql.pfunction.PFuncSimpleAndList;
import org.apache.jena.sparql.pfunction.PropFuncArg;
import org.apache.jena.sparql.pfunction.PropertyFunctionRegistry;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * The property function {@code ?x u:posterior (?state ?p)}: the states that something may be in,
 * and how probable each is given what the graph says of it. Safe to share between threads.
 */
public final class Posterior extends PFuncSimpleAndList {
  /*
   * What the graph says of a feature is a triple whose property is the name of the variable in a
   * namespace. A feature without a triple is a missing one, which the model sums or integrates out. Two
   * different values of one feature are refused rather than chosen from.
   */
  /** Its name. */
  public static final String URI = "https://ugmm.org/sparql#posterior";

  private final Inference inference;
  private final Categorical asked;
  private final String namespace;

  private Posterior(Inference inference, String asked, String namespace) {
    this.inference = inference;
    Circuit circuit = inference.circuit();
    this.asked = (Categorical) circuit.variables().get(circuit.indexOf(asked));
    this.namespace = namespace;
  }

  /**
   * Makes the function known to all queries of this program.
   *
   * @param asked the categorical variable whose states are asked for
   * @param namespace what the names of variables begin with as properties
   */
  public static void register(Inference inference, String asked, String namespace) {
    Posterior posterior = new Posterior(inference, asked, namespace);
    PropertyFunctionRegistry.get().put(URI, uri -> posterior);
  }

  @Override
  public QueryIterator execEvaluated(
      Binding binding, Node subject, Node predicate, PropFuncArg object, ExecutionContext context) {
    if (object.getArgListSize() != 2) {
      throw new QueryBuildException("u:posterior takes (?state ?p), two things");
    }
    if (subject.isVariable()) {
      throw new QueryExecException(
          "u:posterior asks about what is known: bind %s before it".formatted(subject));
    }
    CategoricalPosterior posterior = posterior(subject, context.getActiveGraph());
    List<Binding> found = new ArrayList<>();
    for (int s = 0; s < asked.numStates(); s++) {
      Node state = NodeFactory.createLiteralString(asked.states().get(s));
      Node p = NodeFactory.createLiteralByValue(posterior.probability(s));
      BindingBuilder builder = BindingFactory.builder(binding);
      if (binds(builder, object.getArg(0), state) && binds(builder, object.getArg(1), p)) {
        found.add(builder.build());
      }
    }
    return QueryIterPlainWrapper.create(found.iterator(), context);
  }

  /** Binds a variable, or compares what stands in its place. */
  private static boolean binds(BindingBuilder builder, Node place, Node value) {
    if (!place.isVariable()) {
      return NodeValue.sameValueAs(NodeValue.makeNode(place), NodeValue.makeNode(value));
    }
    Var variable = Var.alloc(place);
    if (builder.contains(variable)) {
      return builder.get(variable).equals(value);
    }
    builder.add(variable, value);
    return true;
  }

  private CategoricalPosterior posterior(Node subject, Graph graph) {
    Circuit circuit = inference.circuit();
    Evidence known = new Evidence(circuit);
    for (Variable variable : circuit.variables()) {
      if (variable == asked) {
        continue;
      }
      Node property = NodeFactory.createURI(namespace + variable.name());
      List<Node> values =
          graph.find(subject, property, Node.ANY).mapWith(Triple::getObject).toList();
      if (values.size() > 1) {
        throw new QueryExecException(
            "%s has %d values of %s; expected one, or none where it is missing"
                .formatted(subject, values.size(), property));
      }
      if (!values.isEmpty()) {
        observe(known, variable, values.get(0), subject);
      }
    }
    try {
      return (CategoricalPosterior) inference.posterior(asked.name(), known);
    } catch (RefusedException e) {
      throw new QueryExecException("%s: %s".formatted(subject, e.getMessage()), e);
    }
  }

  private static void observe(Evidence known, Variable variable, Node value, Node subject) {
    boolean isNumber = value.isLiteral() && value.getLiteralValue() instanceof Number;
    boolean isState = variable instanceof Categorical;
    try {
      if (isState && value.isLiteral()) {
        known.observe(variable.name(), value.getLiteralLexicalForm());
      } else if (!isState && isNumber) {
        known.observe(variable.name(), ((Number) value.getLiteralValue()).doubleValue());
      } else {
        throw new QueryExecException(
            "%s: %s is no %s of '%s'"
                .formatted(subject, value, isState ? "state" : "number", variable.name()));
      }
    } catch (ArgumentException e) {
      throw new QueryExecException("%s: %s".formatted(subject, e.getMessage()), e);
    }
  }
}
