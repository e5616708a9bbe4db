import { kubectl132 } from '../lab/tools.ts'
import { kubectlStory } from './kubectl-story.ts'

// The oldest kubectl in use does the same in kubectl.long.itest.ts.
kubectlStory('1.32', kubectl132)
