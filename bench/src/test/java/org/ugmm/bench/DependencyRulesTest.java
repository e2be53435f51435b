package org.ugmm.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may depend on whom. This module sees all the others, so the rules are checked here. */
final class DependencyRulesTest {
  private static final String ENGINE = "org.ugmm.engine..";
  private static final String COMPILER = "org.ugmm.compiler..";
  private static final String TOOL = "org.ugmm.tool..";
  private static final String BENCH = "org.ugmm.bench..";
  private static final String TESTDATA = "org.ugmm.testdata..";

  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("/test/"))
            .importPackages("org.ugmm");
  }

  /** A rule over no classes holds, so the import itself has to be checked. */
  @Test
  void import_everyModule_found() {
    for (String module : new String[] {"engine", "compiler", "tool", "bench", "testdata"}) {
      String name = "org.ugmm." + module;
      assertTrue(
          classes.stream().anyMatch(c -> c.getPackageName().startsWith(name)),
          () -> "no class of " + name + " imported");
    }
  }

  @Test
  void engine_always_knowsOnlyArrays() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ENGINE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                COMPILER,
                TOOL,
                BENCH,
                TESTDATA,
                "com.fasterxml..",
                "picocli..",
                "org.eclipse.collections..")
            .because("it is what a user embeds: no networks, JSON or command line"));
  }

  @Test
  void compiler_always_knowsNoCommandLineAndNoTables() {
    check(
        noClasses()
            .that()
            .resideInAPackage(COMPILER)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                TOOL,
                BENCH,
                TESTDATA,
                "picocli..",
                "de.siegmar..",
                "me.tongfei..",
                "org.jline..",
                "com.fasterxml.jackson.databind..")
            .because("it is what a program embeds: models in, circuit out"));
  }

  @Test
  void tool_always_leavesBenchAndTestdataAlone() {
    check(
        noClasses()
            .that()
            .resideInAPackage(TOOL)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(BENCH, TESTDATA, "com.fasterxml.jackson.databind.."));
  }

  @Test
  void testdata_always_leavesTheOtherModulesAlone() {
    check(
        noClasses()
            .that()
            .resideInAPackage(TESTDATA)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ENGINE, COMPILER, TOOL, BENCH)
            .because("its oracles must not share the code that they judge"));
  }

  private static void check(ArchRule rule) {
    rule.check(classes);
  }
}
