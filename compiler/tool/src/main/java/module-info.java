/** The command {@code ugmm}: tables, terminals and files around the compiler and the engine. */
module org.ugmm.tool {
  requires org.ugmm.compiler;
  requires org.ugmm.engine;
  requires com.fasterxml.jackson.core;
  requires de.siegmar.fastcsv;
  requires info.picocli;
  requires it.unimi.dsi.fastutil.core;
  requires me.tongfei.progressbar;
  requires static org.jspecify;

  // picocli sets the fields of commands that bear its annotations
  opens org.ugmm.tool to
      info.picocli;
}
