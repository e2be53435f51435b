package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.data.Why;

/** The text of the errors: what, where, found, expected. */
class ModelErrorsTest {
  private static final String VARIABLES =
      "\"variables\":[{\"name\":\"x\",\"kind\":\"real\"},{\"name\":\"y\",\"kind\":\"real\"}]";
  private static final String GRAPH = "{\"format\":\"ugmm-graph/1\"," + VARIABLES + ",";
  private static final String NETWORK = "{\"format\":\"ugmm-network/1\"," + VARIABLES + ",";
  private static final String LEAF = "{'gaussian':{'variable':'x','mean':0,'scale':1}}";

  private static Compilation compile(String name, String text) throws IOException {
    byte[] bytes = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return ModelCompiler.compile(Source.bytes(name, bytes), CompileOptions.defaults());
  }

  private static void assertRejected(String name, String text, String... parts) {
    String message = assertThrows(ModelException.class, () -> compile(name, text)).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part.replace('"', '\'')), message + "\nlacks " + part);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'product':{'children':[1]}}|/nodes/1/product/children/0|0 .. 0",
        "{'product':{'children':[]}}|no child|at least one",
        "{'sum':{'children':[0],'weights':[1,2]}}|2 weights for 1 children|one weight a child",
        "{'sum':{'children':[0],'weights':[-1]}}|found -1.0|not negative",
        "{'gaussian':{'variable':'x','mean':0,'scale':0}}|scale 0.0|positive",
        "{'gaussian':{'variable':'z','mean':0,'scale':1}}|no variable 'z'|declares",
        "{'gaussian':{'variable':'x','mean':1e999,'scale':1}}|1e999|finite",
        "{'gaussian':{'variable':'x','mean':0,'mean':0,'scale':1}}|'mean' stands twice|it once",
        "{'gaussian':{'variable':'x','mean':0}}|no field 'scale'|that field with its value",
        "{'gauss':{}}|unknown field 'gauss'|one of gaussian",
        "{'categorical':{'variable':'x','probabilities':[1]}}|which is real|categorical",
        "{'link':{'child':7,'mean':0,'scale':1}}|found 7|0 .. 0",
      })
  void graph_defectiveNode_isNamed(String node, String found, String expected) {
    assertRejected(
        "m.json",
        GRAPH + "\"nodes\":[" + LEAF + "," + node + "],\"root\":1}",
        "m.json: ",
        "line 1, column",
        found,
        expected);
  }

  @Test
  void graph_rootOutOfRange_isNamed() {
    assertRejected("m.json", GRAPH + "'nodes':[" + LEAF + "],'root':1}", "root 1", "0 .. 0");
  }

  @Test
  void json_unknownFormat_namesTheKnown() {
    assertRejected("m.json", "{'format':'ugmm-graph/2'}", "format 'ugmm-graph/2'", "ugmm-graph/1");
  }

  @Test
  void json_truncated_saysSo() {
    assertRejected("m.json", GRAPH + "'nodes':[", "not a JSON text");
  }

  @Test
  void json_notUtf8_saysSo() {
    byte[] bytes = "{\"format\":\"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1);
    assertThrows(
        ModelException.class,
        () -> ModelCompiler.compile(Source.bytes("m.json", bytes), CompileOptions.defaults()));
  }

  @Test
  void json_deeplyNested_isRejectedWithoutStackOverflow() {
    assertRejected("m.json", "{'x':" + "[".repeat(1_000_000), "m.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'mean':[[0]],'scale':[[1]],'logits':[[0,0]]|scale has shape [1][1]|[1][2]",
        "'mean':[[0,0,0]],'scale':[[1,1]],'logits':[[0,0]]|mean has shape [1][3]|[1][2]",
        "'mean':[[0,0]],'scale':[[1,-1]],'logits':[[0,0]]|scale -1.0 of unit 0|positive",
        "'mean':[[0,0]],'logScale':[[1,999]],'logits':[[0,0]]|logScale[0][1] is 999.0|range",
        "'mean':[[0,0]],'scale':[[1,1]],'logits':[[0,0]],'weights':[[1,1]]|both 'logits'|one of",
        "'mean':[[0,0]],'scale':[[1,1]],'weights':[[1,-1]]|weight -1.0 of unit 0|not negative",
        "'mean':[[0,0]],'scale':[[1,1]]|no field 'logits'|'weights'",
        "'units':2,'mean':[[0,0]],'scale':[[1,1]],'logits':[[0,0]]|units 2|same number",
        "'inputs':[[0,2]],'mean':[[0,0]],'scale':[[1,1]],'logits':[[0,0]]|index 2|0 .. 1",
        "'from':['b'],'mean':[[0]],'scale':[[1]],'logits':[[0]]|no earlier layer 'b'|before",
        "'children':[[0]]|unknown field 'children' in layer 'a'|one of name",
      })
  void network_defectiveLayer_isNamed(String fields, String found, String expected) {
    assertRejected(
        "n.json",
        NETWORK + "'layers':[{'name':'a','type':'ugmm'," + fields + "}]}",
        "n.json: ",
        found,
        expected);
  }

  @Test
  void network_severalRootsWithoutClasses_saysWhatToAdd() {
    assertRejected(
        "n.json",
        NETWORK
            + "'layers':[{'name':'a','type':'ugmm','mean':[[0],[0]],'scale':[[1,1],[1,1]],"
            + "'logits':[[0,0],[0,0]]}]}",
        "layer 'a'",
        "2 units",
        "'classes'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "L 0 0 0|line 1|literal 0",
        "T 0 0 1 0.5|line 1|at most 0",
        "D 0 0 1 1 2 0|line 1|no earlier node with id 1",
        "L 0 0 1 7|line 1|found '7' more",
        "L 0 0 900|whole file|variable 900",
        "X 0|line 1|found 'X'",
        "T 0 0 1 NaN|line 1|found 'NaN'",
        "T 0 0 1 1e999|line 1|at most 0",
        "T 0 9999999999 1 0|line 1|found 9999999999; expected a vtree node",
      })
  void psdd_defectiveLine_isNamed(String line, String place, String found) {
    assertRejected("m.psdd", line + "\n", place, found);
  }

  @Test
  void witness_overlappingProduct_speaksOfUnits() throws IOException {
    Compilation compiled =
        compile(
            "n.json",
            NETWORK
                + "'layers':[{'name':'h','type':'ugmm','mean':[[0],[1]],'inputs':[[0],[0]],"
                + "'scale':[[1],[1]],'logits':[[0],[0]]},"
                + "{'name':'joint','type':'product','children':[[0,1]]}]}");
    Why why = compiled.analysis().structure().whyNotDecomposable();
    assertNotNull(why);
    String text = compiled.analysis().inModelTerms(why);
    assertTrue(text.contains("product unit 0 of layer 'joint'"), text);
    assertTrue(text.contains("unit 0 of layer 'h'"), text);
    assertTrue(text.contains("variable 'x'"), text);
  }

  @Test
  void smooth_priorAndDomain_addTheBaseMeasure() throws IOException {
    Compilation compiled =
        compile(
            "n.json",
            "{'format':'ugmm-network/1','variables':["
                + "{'name':'x','kind':'real','domain':[0,10]},"
                + "{'name':'y','kind':'real','prior':{'mean':1,'scale':2}}],"
                + "'layers':[{'name':'a','type':'ugmm','mean':[[3,1]],'scale':[[1,1]],"
                + "'weights':[[0.25,0.75]]}]}");
    assertTrue(compiled.analysis().structure().isTractable());
    double x = 2.5;
    double y = 0.5;
    double f = 0.25 * density(x, 3, 1) * density(y, 1, 2) + 0.75 * density(y, 1, 1);
    double logZ = compiled.circuit().normaliser().logZ();
    double value = Tables.logDensity(compiled, new double[][] {{x, y}})[0] + logZ;
    assertEquals(Math.log(f), value, 1e-14);
    assertEquals(Math.log(0.25 * 0.9986501019683699 + 7.5), logZ, 1e-12);
    assertFalse(compiled.passes().isEmpty());
  }

  private static double density(double x, double mean, double scale) {
    double d = (x - mean) / scale;
    return Math.exp(-0.5 * d * d) / scale / Math.sqrt(2 * Math.PI);
  }

  @Test
  void softmax_weightBelowDoubleRange_isKept() throws IOException {
    Compilation compiled =
        compile(
            "n.json",
            "{'format':'ugmm-network/1','variables':[{'name':'x','kind':'real'}],"
                + "'layers':[{'name':'a','type':'ugmm','inputs':[[0,0]],'mean':[[0,90]],"
                + "'scale':[[1,1]],'logits':[[0,-1000]]}]}");
    double value = Tables.logDensity(compiled, new double[][] {{90}})[0];
    assertEquals(-1000 - 0.5 * Math.log(2 * Math.PI), value, 1e-10);
  }
}
