//! The order in which modules load: each one after those that it depends on.

use std::collections::BTreeSet;

use super::Module;
use crate::Error;

/// Who asks for the modules that no other module asks for.
const RECIPE: &str = "the recipe";

/// The modules that `wanted` need, themselves included, each once and after its dependencies.
///
/// `read` gives a module, or `None` where the kernel package lacks it; `built_in` says whether a
/// module is part of the kernel, and so needs no loading.
pub(crate) fn load_order(
    wanted: &[&str],
    read: impl FnMut(&str) -> Result<Option<Module>, Error>,
    built_in: impl Fn(&str) -> bool,
) -> Result<Vec<Module>, Error> {
    let mut walk = Walk { read, built_in, open: BTreeSet::new(), order: Vec::new() };
    for name in wanted {
        walk.visit(&super::canonical(name), RECIPE)?;
    }
    Ok(walk.order)
}

struct Walk<R, B> {
    read: R,
    built_in: B,
    /// The modules on the way from a wanted one to the one being looked at.
    open: BTreeSet<String>,
    order: Vec<Module>,
}

impl<R, B> Walk<R, B>
where
    R: FnMut(&str) -> Result<Option<Module>, Error>,
    B: Fn(&str) -> bool,
{
    fn visit(&mut self, name: &str, needed_by: &str) -> Result<(), Error> {
        if self.order.iter().any(|module| module.name == name) || (self.built_in)(name) {
            return Ok(());
        }
        if !self.open.insert(name.to_owned()) {
            return Err(Error::CircularModule { module: name.to_owned() });
        }
        let module = (self.read)(name)?.ok_or_else(|| Error::MissingModule {
            module: name.to_owned(),
            needed_by: needed_by.to_owned(),
        })?;
        for dependency in &module.depends {
            self.visit(dependency, name)?;
        }
        self.open.remove(name);
        self.order.push(module);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    type Graph = BTreeMap<String, Vec<String>>;

    fn order(graph: &Graph, wanted: &[&str]) -> Result<Vec<Module>, Error> {
        let read = |name: &str| {
            Ok(graph.get(name).map(|depends| Module {
                name: name.to_owned(),
                contents: Vec::new(),
                depends: depends.clone(),
            }))
        };
        load_order(wanted, read, |name| name == "built_in")
    }

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        edges.iter().map(|(name, depends)| ((*name).to_owned(), owned(depends))).collect()
    }

    #[test]
    fn built_in_modules_are_not_loaded() {
        let graph = graph(&[("a", &["built_in"])]);
        let names: Vec<_> =
            order(&graph, &["a", "built-in"]).unwrap().into_iter().map(|m| m.name).collect();
        assert_eq!(names, ["a"]);
    }

    #[test]
    fn missing_module_names_who_needs_it() {
        let graph = graph(&[("a", &["b"])]);
        assert_eq!(
            order(&graph, &["a"]).unwrap_err().to_string(),
            "kernel module b, needed by a, is neither in the kernel package nor built in"
        );
        assert_eq!(
            order(&graph, &["c"]).unwrap_err().to_string(),
            "kernel module c, needed by the recipe, is neither in the kernel package nor built in"
        );
    }

    #[test]
    fn circle_is_an_error_and_not_endless() {
        let graph = graph(&[("a", &["b"]), ("b", &["a"])]);
        let message = order(&graph, &["a"]).unwrap_err().to_string();
        assert_eq!(message, "kernel module a depends on itself");
    }

    proptest! {
        /// Module `m<i>` depends on some modules of lower number, so the graph has no circle.
        #[test]
        fn order_is_complete_without_duplicates_and_respects_dependencies(
            edges in proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 0..4), 1..20),
            wanted in proptest::collection::vec(any::<prop::sample::Index>(), 1..6),
        ) {
            let name = |index: usize| format!("m{index}");
            let graph: Graph = edges.iter().enumerate().map(|(module, depends)| {
                let lower = depends.iter().filter(|_| module > 0).map(|to| name(to.index(module)));
                (name(module), lower.collect())
            }).collect();
            let wanted: Vec<String> = wanted.iter().map(|to| name(to.index(edges.len()))).collect();
            let wanted_names: Vec<&str> = wanted.iter().map(String::as_str).collect();

            let mut loaded = BTreeSet::new();
            for module in order(&graph, &wanted_names).unwrap() {
                prop_assert!(module.depends.iter().all(|name| loaded.contains(name)));
                prop_assert!(loaded.insert(module.name));
            }
            prop_assert!(wanted.iter().all(|name| loaded.contains(name)));

            // Nothing that is not needed: remove what the wanted reach, and nothing is left.
            let mut reached: Vec<String> = wanted;
            while let Some(name) = reached.pop() {
                if loaded.remove(&name) {
                    reached.extend(graph[&name].clone());
                }
            }
            prop_assert!(loaded.is_empty());
        }
    }
}
